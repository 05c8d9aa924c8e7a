#!/usr/bin/env python3
"""Checks the code that kernels are compiled to: a loop that is vectorized no more is found here, not in a benchmark.

    check.py FILECHECK GENERATOR FOLDER [FAMILY] [KERNEL...]

FILECHECK is the wheel of the Python package, GENERATOR axnorm-generator, FOLDER where assembly goes. Each kernel of the
FAMILY (all of them) is compiled for AVX2 and AVX-512, neither of which this machine needs to have, and its hot loops
are checked by <family>.s-check and hot_loop.s-check. KERNEL, as in "kR mean_var avx2", names the only ones; else, without
AXNORM_LONG_TESTS in the environment, a signature has one statistic for each instruction set.
"""
import os
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
    wheel, generator, folder = map(pathlib.Path, sys.argv[1:4])
    chosen = [family for family in families() if family.name in sys.argv[4:5] or len(sys.argv) == 4]
    if not chosen:
        sys.exit(f"no family {sys.argv[4]}")
    filecheck = use_filecheck(wheel, folder)
    failed = count = 0
    takes_all = "AXNORM_LONG_TESTS" in os.environ or bool(sys.argv[5:])
    for family in chosen:
        for kernel in family.kernels() if takes_all else family.some_kernels():
            if sys.argv[5:] and str(kernel) not in sys.argv[5:]:
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
            if not known.used and takes_all and not sys.argv[5:]:
                failed += 1
                print(f"{family.path.name}: no kernel has {known.what} in {known.role} of {known.signature} any more")
    print(f"{count} kernels, {failed} failures")
    sys.exit(failed > 0 or count == 0)


if __name__ == "__main__":
    main()
