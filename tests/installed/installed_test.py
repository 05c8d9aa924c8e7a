#!/usr/bin/env python3
"""Installs a build tree, moves what was installed, and uses it as a user would.

    installed_test.py --build build/release --source . --halide build/_halide/halide-21.0.0 --cmake cmake --compiler c++ \\
                      --generator Ninja --config Release [ConsumerTest ...]
"""
import argparse
import pathlib
import sys
import tempfile
import time
import unittest

import installed
from consumer_test import ConsumerTest, RebuildTest
from examples_test import CTest, TwoLibrariesTest
from halide_test import HalideTest
from kernels_test import ExtentsTest, RefusalTest
from packages_test import FilesTest, PackagesTest
from size_test import SizeTest

TESTS = [FilesTest, ConsumerTest, RebuildTest, RefusalTest, ExtentsTest, SizeTest, CTest, TwoLibrariesTest, HalideTest,
         PackagesTest]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("build", "source", "halide"):
        parser.add_argument(f"--{name}", required=True, type=lambda path: pathlib.Path(path).resolve())
    for name in ("cmake", "compiler", "generator", "config"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("classes", nargs="*", help="default: all")
    arguments = parser.parse_args()
    wanted = [test for test in TESTS if not arguments.classes or test.__name__ in arguments.classes]
    if not wanted:
        sys.exit("there is no such class: " + " ".join(arguments.classes))

    with tempfile.TemporaryDirectory(prefix="axnorm-installed-") as folder:
        installed.install(arguments, pathlib.Path(folder))
        suite = unittest.TestSuite(map(unittest.defaultTestLoader.loadTestsFromTestCase, wanted))
        begin = time.monotonic()
        result = unittest.TextTestRunner(verbosity=2).run(suite)
        print(f"{result.testsRun} tests in {time.monotonic() - begin:.0f} s")
        return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
