"""The files that are installed, and the packages that cpack makes of them."""
import re
import shutil
import time
import unittest

import installed
from installed import build, configure, copy_example, run


class FilesTest(unittest.TestCase):
    def test_no_path_of_the_build(self):
        # Debug information names the sources.
        installed.needs_release(self)
        paths = [str(path).encode() for path in (installed.build_tree, installed.source, installed.first_prefix)]
        files = [path for path in installed.prefix.rglob("*") if path.is_file() and path.name != "libHalide.so"]
        self.assertGreater(len(files), 20)
        for file in files:
            content = file.read_bytes()
            for path in paths:
                self.assertFalse(path in content, f"{file} holds {path}")

    def test_programs_run(self):
        programs = installed.prefix / "lib" / "axnorm"
        self.assertIn("available Generators are:\n    device_norm\n    norm", run(programs / "axnorm-generator", fails=True))
        self.assertIn("usage: axnorm-kernels", run(programs / "axnorm-kernels", fails=True))

    def test_command_runs(self):
        command = installed.prefix / "bin" / "axnorm"
        if not command.exists():
            self.skipTest("the command axnorm is not installed")
        self.assertIn("0.1.0", run(command, "--version"))


class PackagesTest(unittest.TestCase):
    @staticmethod
    def pack(kind):
        """The packages, made in a folder of their own."""
        cpack = shutil.which("cpack", path=re.sub(r"/[^/]*$", "", installed.cmake)) or "cpack"
        folder = installed.work / f"pack_{kind}"
        begin = time.monotonic()
        # Halide is 160 MB: compressing it once, in the tarball, is enough.
        run(cpack, "--config", installed.build_tree / "CPackConfig.cmake", "-C", installed.config, "-G", kind,
            "-B", folder, "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=none")
        packages = [path for path in folder.iterdir() if path.is_file()]
        shutil.rmtree(folder / "_CPack_Packages")
        sizes = ", ".join(f"{path.name} {path.stat().st_size / 1e6:.1f} MB" for path in sorted(packages))
        print(f"{sizes} in {time.monotonic() - begin:.0f} s ... ", end="")
        return packages

    def build_consumer(self, name, tree):
        folder = copy_example("consumer", name)
        configure(folder, tree=tree)
        build(folder)
        self.assertIn("layer norm", run(folder / "build" / "consumer"))

    def test_tarball(self):
        folder = installed.work / "unpacked"
        folder.mkdir()
        package, = self.pack("TGZ")
        run("tar", "-xzf", package, "-C", folder)
        # All of it lies in one folder, which is the prefix.
        tree, = folder.iterdir()
        self.assertRegex(tree.name, r"^axnorm-\d+\.\d+\.\d+-Linux$")
        self.build_consumer("consumer_of_tarball", tree)

    # What each Debian package says that it needs.
    DEPENDS = {"axnorm": ["libc6", "libgcc-s1", "libstdc++6"], "axnorm-dev": ["axnorm"],
               "axnorm-generator": ["libc6", "libgcc-s1", "libstdc++6"], "axnorm-cuda-dev": ["axnorm-dev"]}

    def check_debian_package(self, package):
        """What the package says of itself, and its files."""
        fields = dict(re.findall(r"^ ([A-Z][\w-]*): (.*)$", run("dpkg-deb", "-I", package), re.MULTILINE))
        self.assertEqual(fields["Architecture"], "amd64")
        self.assertRegex(fields["Version"], r"^\d+\.\d+\.\d+$")
        depends = [word.split()[0] for word in fields.get("Depends", "").split(", ")]
        self.assertEqual(sorted(depends), self.DEPENDS[fields["Package"]], fields["Package"])
        files = []
        for line in run("dpkg-deb", "-c", package).splitlines():
            self.assertRegex(line, r"^[d-]rw[x-]r-[x-]r-[x-] root/root |^l", "permissions and owner")
            self.assertIn(" ./", line)
            path = line.split(" ./", 1)[1]
            self.assertRegex(path, r"^$|^usr/", "place")
            files += [] if path.endswith("/") or not path else [path]
        return fields["Package"], files

    def test_debian_packages(self):
        for command in ("dpkg-deb", "dpkg-shlibdeps"):
            if shutil.which(command) is None:
                self.skipTest(f"there is no {command}")
        packages, owner = {}, {}
        for path in self.pack("DEB"):
            name, files = self.check_debian_package(path)
            packages[name] = path
            for file in files:
                self.assertNotIn(file, owner, f"{file} is in two packages: {name}")
                owner[file] = name
        self.assertLessEqual({"axnorm", "axnorm-dev", "axnorm-generator"}, set(packages))
        self.use_debian_packages(packages)

    def use_debian_packages(self, packages):
        """One after the other, in the order in which they depend on each other."""
        folder = installed.work / "debian"
        run("dpkg-deb", "-x", packages["axnorm"], folder)
        self.assertEqual([path.name for path in (folder / "usr" / "lib").iterdir() if not path.is_symlink()],
                         [next((folder / "usr" / "lib").glob("libaxnorm.so.*.*.*")).name])
        self.assertIn("0.1.0", run(folder / "usr" / "bin" / "axnorm", "--version"))

        run("dpkg-deb", "-x", packages["axnorm-dev"], folder)
        c_example = copy_example("c", "c_of_debian_package")
        configure(c_example, tree=folder / "usr")
        build(c_example)
        self.assertIn("layer norm", run(c_example / "build" / "c_example"))
        consumer = copy_example("consumer", "consumer_without_generator")
        self.assertIn("the Debian package axnorm-generator",
                      " ".join(configure(consumer, tree=folder / "usr", fails=True).split()))

        alone = installed.work / "debian_generator"
        run("dpkg-deb", "-x", packages["axnorm-generator"], alone)
        self.assertIn("usage: axnorm-kernels", run(alone / "usr" / "lib" / "axnorm" / "axnorm-kernels", fails=True))
        self.assertIn("available Generators", run(alone / "usr" / "lib" / "axnorm" / "axnorm-generator", fails=True))
        run("dpkg-deb", "-x", packages["axnorm-generator"], folder)
        self.build_consumer("consumer_of_debian_package", folder / "usr")
