#!/usr/bin/env python3
"""Looks at what plugins with axnorm inside export, where they are compiled without any flags about it.

    plugin_symbols.py PLUGIN...

It is their own function, and no function or variable of axnorm, of kernels or of Halide. Left are weak copies of what
headers define inside of classes, such as constructors of tensors, and what makes axnorm::Error one type everywhere.
"""
import re
import subprocess
import sys

# As `void axnorm::normalize<...>(...)` and `first_norms::lines`; members of classes have a capital there.
FREE = re.compile(r"(?:^|\s)(?:axnorm|\w+_norms)::(?!detail\b)[a-z]\w*(?:\W|$)")


def is_wrong(kind, name):
    if name == "plugin":
        return kind != "T"
    if kind == "u":  # one for all libraries of a program, whatever their scope
        return "axnorm::" in name
    return kind not in "WV" or FREE.search(name) or "halide" in name


def main():
    failed = False
    for plugin in sys.argv[1:]:
        lines = subprocess.run(["nm", "-DC", "--defined-only", plugin], capture_output=True, text=True,
                               check=True).stdout.splitlines()
        exported = [line.split(maxsplit=2)[1:] for line in lines]
        wrong = [f"{kind} {name}" for kind, name in exported if is_wrong(kind, name)]
        print(f"{plugin} exports {len(exported)} symbols", *wrong, sep="\n    ")
        failed = failed or bool(wrong) or ["T", "plugin"] not in exported
    sys.exit(failed)


if __name__ == "__main__":
    main()
