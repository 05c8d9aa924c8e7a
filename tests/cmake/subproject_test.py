#!/usr/bin/env python3
"""axnorm as a folder of another project, and what it refuses to be built for. No kernel is compiled.

    subproject_test.py --cmake cmake --compiler c++ --generator Ninja --source . --halide build/_halide
"""
import argparse
import pathlib
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

    def test_other_processors_are_refused(self):
        # Before Halide is looked for, and downloaded.
        code, output = configure(arguments.source, self.work, "-DCMAKE_SYSTEM_NAME=Linux",
                                 "-DCMAKE_SYSTEM_PROCESSOR=aarch64", f"-DAXNORM_HALIDE_DIR={self.work / 'halide'}")
        self.assertNotEqual(code, 0)
        self.assertIn("x86-64 on Linux so far, and this is aarch64, 64 bits, on Linux", output)
        self.assertFalse((self.work / "halide").exists())


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
