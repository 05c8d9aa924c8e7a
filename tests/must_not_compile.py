#!/usr/bin/env python3
"""Compiles sources that must not compile, and their good twins.

Each source opens with a line '// expect: REGEX'. As it stands it must be refused, with a message that the regular
expression matches; with -DGOOD it must compile.

    tests/must_not_compile.py --include runtime --sources tests/must_not_compile g++ clang++
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys

EXPECT = "// expect: "


def compile_source(compiler, include, source, *flags):
    command = [compiler, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", f"-I{include}", *flags, str(source)]
    # The words are matched in English, and unbroken.
    environment = dict(os.environ, LC_ALL="C")
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          env=environment, check=False)


def check(compiler, include, source):
    """Says what is wrong, or nothing."""
    with open(source, encoding="utf-8") as file:
        first = file.readline().rstrip("\n")
    if not first.startswith(EXPECT):
        return f"the first line is not '{EXPECT}REGEX'"
    regex = first[len(EXPECT):]

    good = compile_source(compiler, include, source, "-DGOOD")
    if good.returncode != 0:
        return "the good twin does not compile:\n" + good.stdout[:4000]
    bad = compile_source(compiler, include, source)
    if bad.returncode == 0:
        return "it compiles"
    if not re.search(regex, bad.stdout):
        return f"'{regex}' is not in what the compiler says:\n" + bad.stdout[:4000]
    return ""


def distinct(compilers):
    """The compilers, without those that are one program under two names."""
    found = {}
    for compiler in compilers:
        path = shutil.which(compiler)
        if path is None:
            sys.exit(f"there is no compiler '{compiler}'")
        found.setdefault(os.path.realpath(path), compiler)
    return list(found.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--include", required=True)
    parser.add_argument("--sources", required=True, type=pathlib.Path)
    parser.add_argument("compilers", nargs="+")
    arguments = parser.parse_args()

    sources = sorted(arguments.sources.glob("*.cpp"))
    if not sources:
        sys.exit(f"{arguments.sources} holds no source")
    cases = [(compiler, source) for compiler in distinct(arguments.compilers) for source in sources]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        problems = list(pool.map(lambda case: check(case[0], arguments.include, case[1]), cases))

    for (compiler, source), problem in zip(cases, problems):
        print(f"{'FAIL' if problem else 'ok  '} {os.path.basename(compiler)} {source.name}"
              + (f": {problem}" if problem else ""))
    failed = sum(1 for problem in problems if problem)
    print(f"{len(problems) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
