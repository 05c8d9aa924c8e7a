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
        """The package, made in a folder of its own."""
        cpack = shutil.which("cpack", path=re.sub(r"/[^/]*$", "", installed.cmake)) or "cpack"
        folder = installed.work / f"pack_{kind}"
        begin = time.monotonic()
        run(cpack, "--config", installed.build_tree / "CPackConfig.cmake", "-C", installed.config, "-G", kind,
            "-B", folder)
        package = next(path for path in folder.iterdir() if path.is_file())
        shutil.rmtree(folder / "_CPack_Packages")
        print(f"{package.name}: {package.stat().st_size / 1e6:.0f} MB in {time.monotonic() - begin:.0f} s ... ", end="")
        return package

    def build_consumer(self, name, tree):
        folder = copy_example("consumer", name)
        configure(folder, tree=tree)
        build(folder)
        self.assertIn("layer norm", run(folder / "build" / "consumer"))

    def test_tarball(self):
        folder = installed.work / "unpacked"
        folder.mkdir()
        run("tar", "-xzf", self.pack("TGZ"), "-C", folder)
        # All of it lies in one folder, which is the prefix.
        tree, = folder.iterdir()
        self.assertRegex(tree.name, r"^axnorm-\d+\.\d+\.\d+-Linux$")
        self.build_consumer("consumer_of_tarball", tree)

    def test_debian_package(self):
        for command in ("dpkg-deb", "dpkg-shlibdeps"):
            if shutil.which(command) is None:
                self.skipTest(f"there is no {command}")
        package = self.pack("DEB")
        fields = dict(re.findall(r"^ ([A-Z][\w-]*): (.*)$", run("dpkg-deb", "-I", package), re.MULTILINE))
        self.assertEqual(fields["Package"], "axnorm")
        self.assertEqual(fields["Architecture"], "amd64")
        self.assertRegex(fields["Version"], r"^\d+\.\d+\.\d+$")
        depends = [word.split()[0] for word in fields["Depends"].split(", ")]
        self.assertEqual(sorted(depends), ["libc6", "libgcc-s1", "libstdc++6"])
        for line in run("dpkg-deb", "-c", package).splitlines():
            self.assertRegex(line, r"^[d-]rw[x-]r-[x-]r-[x-] root/root |^l", "permissions and owner")
            self.assertIn(" ./", line)
            self.assertRegex(line.split(" ./", 1)[1], r"^$|^usr/", "place")

        folder = installed.work / "debian"
        run("dpkg-deb", "-x", package, folder)
        self.build_consumer("consumer_of_debian_package", folder / "usr")
