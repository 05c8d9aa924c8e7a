#!/usr/bin/env python3
"""Compares what the shared library exports with what its header declares.

    exported_symbols.py HEADER LIBRARY    axnorm.h and libaxnorm.so

Each function that the header declares with AXNORM_API is exported, and nothing else is: no C++, nothing of Halide.
"""
import pathlib
import re
import subprocess
import sys


def declared(header):
    text = re.sub(r"//.*", "", header.read_text(encoding="utf-8"))
    return set(re.findall(r"^AXNORM_API\b[^;(]*?\b(\w+)\s*\(", text, re.MULTILINE))


def exported(library):
    lines = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True, check=True).stdout
    return {line.split()[-1] for line in lines.splitlines()}


def main():
    header, library = map(pathlib.Path, sys.argv[1:])
    wanted, found = declared(header), exported(library)
    if not wanted:
        sys.exit(f"{header} declares nothing")
    for name in sorted(wanted - found):
        print(f"{name}: declared, not exported")
    for name in sorted(found - wanted):
        print(f"{name}: exported, not declared")
    print(f"{len(wanted & found)} functions are declared and exported")
    sys.exit(wanted != found)


if __name__ == "__main__":
    main()
