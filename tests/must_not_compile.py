#!/usr/bin/env python3
"""Compiles sources that must not compile, and their good twins; and sources that must compile whatever the flags.

Each of the first opens with a line '// expect: REGEX'. As it stands it must be refused, with a message that the regular
expression matches; with -DGOOD it must compile. The first error that the compiler names has these words, and where a
pattern is wrong its text; clang has its letters one by one. Each of the others opens with lines '// flags: FLAGS', and
must compile with the flags of each line.

    tests/must_not_compile.py --include include --sources tests/must_not_compile --good tests/must_compile g++ clang++
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

EXPECT = "// expect: "
FLAGS = "// flags: "


def run(compiler, include, *flags):
    command = [compiler, "-std=c++20", "-Wall", "-Wextra", f"-I{include}", *flags]
    # The words are matched in English, and unbroken.
    environment = dict(os.environ, LC_ALL="C")
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          env=environment, check=False)


def precompiled(compiler, include, folder):
    """A header for -include, so that axnorm's are read once and not 60 times."""
    header = pathlib.Path(tempfile.mkdtemp(dir=folder)) / "first.h"
    header.write_text("#include <axnorm/axnorm.h>\n", encoding="utf-8")
    result = run(compiler, include, "-x", "c++-header", str(header), "-o", f"{header}.gch")
    if result.returncode != 0:
        sys.exit(f"{compiler} does not compile axnorm's headers:\n{result.stdout[:4000]}")
    return header


def check(compiler, include, header, source):
    """Says what is wrong, or nothing."""
    with open(source, encoding="utf-8") as file:
        first = file.readline().rstrip("\n")
    if not first.startswith(EXPECT):
        return f"the first line is not '{EXPECT}REGEX'"
    regex = first[len(EXPECT):]

    flags = ("-include", str(header), "-fsyntax-only", str(source))
    good = run(compiler, include, "-DGOOD", *flags)
    if good.returncode != 0:
        return "the good twin does not compile:\n" + good.stdout[:4000]
    bad = run(compiler, include, *flags)
    if bad.returncode == 0:
        return "it compiles"
    first = next((line for line in bad.stdout.splitlines() if "error:" in line), "").replace("\\'", "'")
    if not re.search(regex, first):
        return f"'{regex}' is not in the first error:\n" + bad.stdout[:4000]
    pattern = wrong_pattern(source)
    letters = ", ".join(repr(letter) for letter in pattern)
    is_of_pattern = "axnorm: a length is given" not in first  # that pattern is right
    if is_of_pattern and pattern not in first and letters not in first:
        return f"'{pattern}' is not in the first error:\n" + bad.stdout[:4000]
    return ""


def check_good(compiler, include, source):
    """Says what is wrong, or nothing."""
    lines = source.read_text(encoding="utf-8").splitlines()
    flag_lines = [line[len(FLAGS):].split() for line in lines if line.startswith(FLAGS)]
    if not flag_lines:
        return f"there is no line '{FLAGS}FLAGS'"
    for flags in flag_lines:
        result = run(compiler, include, "-Werror", *flags, "-fsyntax-only", str(source))
        if result.returncode != 0:
            return f"it does not compile with {' '.join(flags)}:\n" + result.stdout[:4000]
    return ""


def wrong_pattern(source):
    """The text of the pattern that does not compile; "" where there is none."""
    bad = source.read_text(encoding="utf-8").split("#else")[1]
    found = re.search(r'normalize<"(.*?)"', bad)
    return found.group(1) if found else ""


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
    parser.add_argument("--good", required=True, type=pathlib.Path)
    parser.add_argument("compilers", nargs="+")
    arguments = parser.parse_args()

    bad, good = (sorted(folder.glob("*.cpp")) for folder in (arguments.sources, arguments.good))
    if not bad or not good:
        sys.exit(f"{arguments.sources} or {arguments.good} holds no source")
    compilers = distinct(arguments.compilers)
    cases = [(compiler, source) for compiler in compilers for source in bad + good]
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        headers = {compiler: precompiled(compiler, arguments.include, folder) for compiler in compilers}
        problems = list(pool.map(
            lambda case: check_good(case[0], arguments.include, case[1]) if case[1] in good
            else check(case[0], arguments.include, headers[case[0]], case[1]), cases))

    for (compiler, source), problem in zip(cases, problems):
        print(f"{'FAIL' if problem else 'ok  '} {os.path.basename(compiler)} {source.name}"
              + (f": {problem}" if problem else ""))
    failed = sum(1 for problem in problems if problem)
    print(f"{len(problems) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
