#!/usr/bin/env python3
"""Looks at what plugins with axnorm inside export: exactly what their authors' own objects do.

    plugin_symbols.py --hidden PLUGIN OBJECT... --visible PLUGIN OBJECT...

The objects of the first are compiled with -fvisibility=hidden: it exports its function `plugin`, and what g++ exports
of every program's own uses of std::. Those of the second are compiled without a word about it: what they define is
exported, and no function or variable of axnorm, of kernels or of Halide. Left are weak copies of what headers define
inside of classes, such as constructors of tensors, and what makes axnorm::Error one type everywhere.
"""
import argparse
import re
import subprocess
import sys

# As `void axnorm::normalize<...>(...)` and `first_norms::lines`; members of classes have a capital there.
FREE = re.compile(r"(?:^|\s)(?:axnorm|\w+_norms)::(?!detail\b)[a-z]\w*(?:\W|$)")
STANDARD = re.compile(r"\b(?:std|__gnu_cxx)::")


def exports(plugin):
    lines = subprocess.run(["nm", "-D", "--defined-only", plugin], capture_output=True, text=True, check=True).stdout
    return {line.split()[2] for line in lines.splitlines()}


def exported_by(objects):
    """The names that these objects define for others, and of them those that no other object may define."""
    lines = subprocess.run(["readelf", "-sW", *objects], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in lines.splitlines()]
    visible = [row for row in rows if len(row) == 8 and row[5] == "DEFAULT" and row[4] != "LOCAL" and row[6] != "UND"]
    return {row[7] for row in visible}, {row[7] for row in visible if row[4] == "GLOBAL"}


def demangled(names):
    text = subprocess.run(["c++filt"], input="\n".join(names), capture_output=True, text=True, check=True).stdout
    return text.splitlines()


def faults(plugin, objects, hidden):
    exported = exports(plugin)
    may, must = exported_by(objects)
    found = [f"is not the author's: {name}" for name in demangled(exported - may)]
    found += [f"is not exported: {name}" for name in demangled(must - exported)]
    for name in demangled(exported):
        if FREE.search(name) or "halide" in name or (hidden and name != "plugin" and not STANDARD.search(name)):
            found.append(f"is exported: {name}")
    print(f"{plugin} exports {len(exported)} symbols", *found, sep="\n    ")
    return found + ([] if "plugin" in exported else ["plugin"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hidden", nargs="+", metavar=("PLUGIN", "OBJECT"))
    parser.add_argument("--visible", nargs="+", metavar=("PLUGIN", "OBJECT"))
    arguments = parser.parse_args()
    found = faults(arguments.hidden[0], arguments.hidden[1:], True)
    found += faults(arguments.visible[0], arguments.visible[1:], False)
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
