"""examples/halide: the installed generator on the command line, and with Halide's own CMake package.

The package comes from Halide's wheel, and wants CMake 3.28: where AXNORM_TEST_WHEELS names a folder, both are looked for
there, and installed there with pip (100 MB) where they are missing.
"""
import os
import pathlib
import sys
import unittest

import installed
from installed import configure, copy_example, run


def make_wheels(folder):
    if not (folder / "halide").exists():
        run(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
            "--only-binary=:all:", "--target", folder, "halide==21.0.0", "cmake>=3.28,<5")


class HalideTest(unittest.TestCase):
    def setUp(self):
        self.generator = installed.prefix / "lib" / "axnorm" / "axnorm-generator"

    def check(self, output):
        self.assertIn("group norm             y = -6.6926 -3.3713 9.2142 ..., mean 105.0025", output)
        self.assertIn("without scale, shift   y = -1.6926 -0.4407 0.8112 ..., mean 105.0025", output)

    def test_command_line(self):
        folder = copy_example("halide", "halide_command_line")
        run(self.generator, "-g", "norm", "-o", folder, "-f", "group_norm", "-e", "static_library,h",
            "target=host-strict_float-no_asserts", "signature=krKR", "statistic=mean_var")
        program = folder / "halide_example"
        run(installed.compiler, "-std=c++17", f"-I{folder}", "-isystem", installed.halide / "include",
            folder / "main.cpp", folder / "group_norm.a", "-ldl", "-lpthread", "-o", program)
        self.check(run(program))

    def test_wrong_signature(self):
        output = run(self.generator, "-g", "norm", "-o", installed.work, "-f", "wrong", "-e", "object",
                     "target=host-strict_float-no_asserts", "signature=kq", fails=True)
        self.assertIn("signature 'kq': one to four letters r or R", output)

    def test_target_without_strict_float(self):
        output = run(self.generator, "-g", "norm", "-o", installed.work, "-f", "wrong", "-e", "object", "target=host",
                     "signature=kR", fails=True)
        self.assertIn("norm is compiled with the features strict_float and no_asserts", output)

    def test_cmake(self):
        if "AXNORM_TEST_WHEELS" not in os.environ:
            self.skipTest("AXNORM_TEST_WHEELS names no folder for the wheels of Halide and CMake, 100 MB")
        wheels = pathlib.Path(os.environ["AXNORM_TEST_WHEELS"]).resolve()
        make_wheels(wheels)
        folder = copy_example("halide", "halide_cmake")
        cmake = wheels / "cmake" / "data" / "bin" / "cmake"
        configure(folder, f"-DHalide_DIR={wheels}/halide/lib64/cmake/Halide", program=cmake)
        run(cmake, "--build", folder / "build")
        self.check(run(folder / "build" / "halide_example"))
