#!/usr/bin/env python3
"""axnorm as a folder of another project, and what it refuses to be built for. No kernel is compiled.

    subproject_test.py --cmake cmake --compiler c++ --generator Ninja --source . --halide build/_halide
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

arguments = None

PROJECT = """cmake_minimum_required(VERSION 3.25)
project(test LANGUAGES CXX)
add_subdirectory("{source}" axnorm)
add_executable(program program.cpp)
axnorm_add_library(norms KERNEL "b c -> b")
set_target_properties(norms PROPERTIES EXCLUDE_FROM_ALL ON)
"""


FINDS = """cmake_minimum_required(VERSION 3.25)
project(test LANGUAGES {languages})
find_package(axnorm REQUIRED)
axnorm_add_library(norms KERNEL "b c -> b")
"""

AARCH64 = ["-DCMAKE_SYSTEM_NAME=Linux", "-DCMAKE_SYSTEM_PROCESSOR=aarch64"]


def configure(source, folder, *options):
    """The exit code, and what CMake says in one line."""
    result = subprocess.run(
        [arguments.cmake, "-S", source, "-B", folder, "-G", arguments.generator, "-DCMAKE_BUILD_TYPE=Release",
         f"-DCMAKE_CXX_COMPILER={arguments.compiler}", f"-DAXNORM_HALIDE_DIR={arguments.halide}", *options],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return result.returncode, " ".join(result.stdout.split())


class SubprojectTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="axnorm-subproject-")
        self.addCleanup(folder.cleanup)
        self.work = pathlib.Path(folder.name)

    def test_what_nobody_links_is_not_built(self):
        (self.work / "CMakeLists.txt").write_text(PROJECT.format(source=arguments.source), encoding="utf-8")
        (self.work / "program.cpp").write_text("int main() {}\n", encoding="utf-8")
        build = self.work / "build"
        code, output = configure(self.work, build)
        self.assertEqual(code, 0, output)
        subprocess.run([arguments.cmake, "--build", build], check=True, stdout=subprocess.DEVNULL)
        objects = [path.name for path in build.rglob("*.o")]
        self.assertEqual(objects, ["program.cpp.o"])

    def test_the_default_library_is_needed(self):
        code, output = configure(arguments.source, self.work, "-DAXNORM_BUILD_DEFAULT_LIBRARY=OFF", "-DAXNORM_BUILD_C=ON")
        self.assertNotEqual(code, 0)
        self.assertIn("AXNORM_BUILD_C needs AXNORM_BUILD_DEFAULT_LIBRARY", output)

    def refuses(self, words, source, *options):
        """Configuring stops with these words, and it comes to nothing that is installed or downloaded."""
        code, output = configure(source, tempfile.mkdtemp(dir=self.work), *options)
        self.assertNotEqual(code, 0)
        self.assertIn(words, output)
        self.assertEqual(list(self.work.rglob("*halide*")), [])

    def test_other_targets_are_refused(self):
        # Before Halide is looked for, and downloaded.
        halide = f"-DAXNORM_HALIDE_DIR={self.work / 'halide'}"
        self.refuses("x86-64 on Linux so far, and this is aarch64 on Linux.", arguments.source, halide, *AARCH64)
        self.refuses("x86-64 on Linux so far, and this is x86_64 on FreeBSD.", arguments.source, halide,
                     "-DCMAKE_SYSTEM_NAME=FreeBSD", "-DCMAKE_SYSTEM_PROCESSOR=x86_64")

    def test_other_targets_are_refused_as_a_folder(self):
        (self.work / "CMakeLists.txt").write_text(PROJECT.format(source=arguments.source), encoding="utf-8")
        (self.work / "program.cpp").write_text("int main() {}\n", encoding="utf-8")
        self.refuses("this is aarch64 on Linux.", self.work, f"-DAXNORM_HALIDE_DIR={self.work / 'halide'}", *AARCH64)

    def test_compilers_for_other_processors_are_refused(self):
        clang = shutil.which("clang++")
        if not clang:
            self.skipTest("there is no clang++, which compiles for other processors")
        # The processor is that of the machine, as nobody said otherwise.
        self.refuses("what the compiler compiles for is another processor, though CMAKE_SYSTEM_PROCESSOR says x86_64",
                     arguments.source, f"-DAXNORM_HALIDE_DIR={self.work / 'halide'}", f"-DCMAKE_CXX_COMPILER={clang}",
                     "-DCMAKE_CXX_COMPILER_TARGET=aarch64-linux-gnu", "-DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY")

    def test_an_installed_package_is_not_found_for_other_targets(self):
        # What stops it is all that is there of the package.
        package = self.work / "package"
        package.mkdir()
        config = (arguments.source / "cmake" / "axnorm-config.cmake.in").read_text(encoding="utf-8")
        (package / "axnorm-config.cmake").write_text(config.replace("@PACKAGE_INIT@", ""), encoding="utf-8")
        shutil.copy(arguments.source / "cmake" / "axnorm_check_target.cmake", package)
        for languages in ("CXX", "C"):
            project = self.work / languages
            project.mkdir()
            (project / "CMakeLists.txt").write_text(FINDS.format(languages=languages), encoding="utf-8")
            self.refuses("x86-64 on Linux so far, and this is aarch64 on Linux.", project, f"-Daxnorm_DIR={package}",
                         *AARCH64)
            # For this machine it goes on.
            self.refuses("axnorm-targets.cmake", project, f"-Daxnorm_DIR={package}")


def main():
    global arguments
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("cmake", "compiler", "generator"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("source", "halide"):
        parser.add_argument(f"--{name}", required=True, type=lambda path: pathlib.Path(path).resolve())
    arguments, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
