#!/usr/bin/env python3
"""Compares the ABI of libaxnorm.so with the one that is stored, by abidiff (docs/abi.md).

    abi_test.py --source . --compiler cc --dlpack /usr/include [--write]

Of functions their arguments, of structs the layout, of enumerations the values. All of it is in axnorm.h, and that the library
exports exactly what the header declares is another test: compared is a library of empty functions, with debug information,
which names their types. --write stores it.
"""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# Bits of abidiff's exit code: https://sourceware.org/libabigail/manual/abidiff.html
ERROR, CHANGE, INCOMPATIBLE = 1 | 2, 4, 8


def compile_interface(arguments, folder):
    """A library with each function of the header, and a variable of each enumeration."""
    header = arguments.source / "include" / "axnorm.h"
    text = re.sub(r"//.*", "", header.read_text(encoding="utf-8"))
    functions = re.findall(r"^AXNORM_API\b([^;{]*\));", text, re.MULTILINE)
    enumerations = re.findall(r"^enum (\w+)", text, re.MULTILINE)
    assert functions and enumerations
    lines = [f'#include "{header}"', *(f"{function} {{ __builtin_unreachable(); }}" for function in functions),
             *(f"AXNORM_API enum {name} values_of_{name};" for name in enumerations)]
    source, library = folder / "abi.c", folder / "libaxnorm.so"
    source.write_text("\n".join(lines) + "\n", encoding="utf-8")
    subprocess.run([arguments.compiler, "-g", "-w", "-fPIC", "-shared", f"-I{arguments.dlpack}", source, "-o", library],
                   check=True)
    return library


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", required=True, type=lambda path: pathlib.Path(path).resolve())
    for name in ("compiler", "dlpack"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    stored = arguments.source / "tests" / "c" / "axnorm.abi"
    if not shutil.which("abidiff"):
        print("Skipped: there is no abidiff; Debian has it in abigail-tools")
        return 0

    with tempfile.TemporaryDirectory(prefix="axnorm-abi-") as folder:
        library = compile_interface(arguments, pathlib.Path(folder))
        if arguments.write:
            subprocess.run(["abidw", "--no-corpus-path", "--no-comp-dir-path", "--no-show-locs", "--no-elf-needed",
                            "--out-file", stored, library], check=True)
            return 0
        result = subprocess.run(["abidiff", "--no-show-locs", stored, library], check=False)
    if result.returncode & (ERROR | INCOMPATIBLE):
        return 1
    if result.returncode & CHANGE:
        print("The ABI has changed. Where all of that is an addition, store it: abi_test.py --write")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
