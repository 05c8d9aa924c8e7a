#!/usr/bin/env python3
"""Checks the code that kernels are compiled to: a loop that is vectorized no more is found here, not in a benchmark.

    check.py [--all] FILECHECK GENERATOR FOLDER [FAMILY] [KERNEL...]

FILECHECK is the wheel of the Python package, GENERATOR axnorm-generator, FOLDER where assembly goes. Each kernel of the
FAMILY (all of them) is compiled for AVX2 and AVX-512, neither of which this machine needs to have, and its hot loops
are checked by <family>.s-check and hot_loop.s-check. KERNEL, as in "kR mean_var avx2", names the only ones; else a
signature has one statistic for each instruction set, and every two of the three meet. With --all it has each of them,
and exceptions that no kernel needs any more are found.
"""
import argparse
import pathlib
import sys

import checks
from families import families, listed


def use_filecheck(wheel, folder):
    if not wheel.exists():
        sys.exit(f"{wheel} is missing: it could not be downloaded while CMake configured.\n"
                 "With a network, configure again.")
    sys.path.insert(0, str(wheel))
    folder.mkdir(parents=True, exist_ok=True)
    return checks.FileCheck(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true")
    for name in ("wheel", "generator", "folder"):
        parser.add_argument(name, type=pathlib.Path)
    parser.add_argument("family", nargs="?")
    parser.add_argument("kernels", nargs="*")
    arguments = parser.parse_args()
    chosen = [family for family in families() if arguments.family in (family.name, None)]
    if not chosen:
        sys.exit(f"no family {arguments.family}")
    generator, folder = arguments.generator, arguments.folder
    filecheck = use_filecheck(arguments.wheel, folder)
    failed = count = 0
    for family in chosen:
        for kernel in family.kernels() if arguments.all or arguments.kernels else family.some_kernels():
            if arguments.kernels and str(kernel) not in arguments.kernels:
                continue
            count += 1
            found = list(checks.faults(filecheck, family, kernel, kernel.numbers(generator),
                                       *kernel.compile(generator, folder)))
            if (serving := listed(generator, kernel.signature)["family"]) != family.name:
                found.append(("another family", f"it is served by {serving}"))
            failed += bool(found)
            for name, text in found:
                print(f"{kernel}: {name}\n{text}\n")
        for known in family.known:
            if not known.used and arguments.all and not arguments.kernels:
                failed += 1
                print(f"{family.path.name}: no kernel has {known.what} in {known.role} of {known.signature} any more")
    print(f"{count} kernels, {failed} failures")
    sys.exit(failed > 0 or count == 0)


if __name__ == "__main__":
    main()
