#!/usr/bin/env python3
"""Installs a build tree, moves what was installed, and uses it as a user would.

    installed_test.py --build build/release --source . --halide build/_halide/halide-21.0.0 --cmake cmake --compiler c++ \\
                      --generator Ninja --config Release [--without] [ConsumerTest ...]
"""
import argparse
import pathlib
import sys
import tempfile
import time
import unittest

import consumer_test
import docs_test
import examples_test
import halide_test
import installed
import kernels_test
import packages_test
import size_test

# All classes of these, so that none is left out.
MODULES = [consumer_test, kernels_test, size_test, examples_test, halide_test, packages_test, docs_test]
TESTS = {name: test for module in MODULES for name, test in vars(module).items()
         if isinstance(test, type) and issubclass(test, unittest.TestCase)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("build", "source", "halide"):
        parser.add_argument(f"--{name}", required=True, type=lambda path: pathlib.Path(path).resolve())
    for name in ("cmake", "compiler", "generator", "config"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--without", action="store_true", help="all but the classes that are named")
    parser.add_argument("classes", nargs="*", help="default: all")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.classes if name not in TESTS]
    if unknown:
        sys.exit("there is no such class: " + " ".join(unknown))
    without = arguments.without or not arguments.classes
    wanted = [test for name, test in TESTS.items() if (name in arguments.classes) != without]

    with tempfile.TemporaryDirectory(prefix="axnorm-installed-") as folder:
        installed.install(arguments, pathlib.Path(folder))
        suite = unittest.TestSuite(map(unittest.defaultTestLoader.loadTestsFromTestCase, wanted))
        begin = time.monotonic()
        result = unittest.TextTestRunner(verbosity=2).run(suite)
        print(f"{result.testsRun} tests in {time.monotonic() - begin:.0f} s")
        return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
