#!/usr/bin/env python3
"""Inspects the machine code of every kernel, for what a test that runs it cannot see.

    inspect_kernels.py FOLDER    the folder of a library in the build tree

Each variant uses the vectors of its instruction set and no wider ones, contracts nothing (a fused multiply-add would make
the bits depend on the instruction set), and calls nothing, but for memcpy, memset, and the heap where a tile of kept groups needs it. AVX-512
is so checked where it cannot be run.
"""
import pathlib
import re
import subprocess
import sys

WIDTHS = {"avx512": "zmm", "avx2": "ymm", "baseline": "xmm"}
WIDER = {"avx512": None, "avx2": "zmm", "baseline": "[yz]mm"}


def isa_of(path):
    return "avx512" if "avx512" in path.name else "avx2" if "avx2" in path.name else "baseline"


def faults_of(path):
    isa = isa_of(path)
    code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", path], capture_output=True, text=True, check=True).stdout
    undefined = subprocess.run(["nm", "-u", path], capture_output=True, text=True, check=True).stdout.split()[1::2]
    register = WIDTHS[isa]
    # A group of 8 is a vector by itself.
    if isa == "avx512" and re.search(r"[rR]8_f32", path.name):
        register = "ymm"
    if not re.search(rf"\bv?mulps\s.*%{register}", code):
        yield f"no multiplication of {register} vectors"
    if WIDER[isa] and re.search(rf"%{WIDER[isa]}", code):
        yield f"registers wider than {register}"
    if re.search(r"\bvfn?m(add|sub)", code):
        yield "a fused multiply-add"
    kept_innermost = re.search(r"_\w*[kK]\d*(_strided)?_f32-", path.name)
    unexpected = set(undefined) - {"memcpy", "memset"} - ({"halide_malloc", "halide_free"} if kept_innermost else set())
    if unexpected:
        yield "calls of " + ", ".join(sorted(unexpected))


def main():
    folder = pathlib.Path(sys.argv[1])
    paths = [p for p in sorted(folder.glob("*_f32-*.o"))]
    if not paths or {isa_of(p) for p in paths} != set(WIDTHS):
        sys.exit(f"{folder} does not hold kernels of {', '.join(WIDTHS)}")
    failed = 0
    for path in paths:
        faults = list(faults_of(path))
        failed += bool(faults)
        for fault in faults:
            print(f"{path.name}: {fault}")
    print(f"{len(paths) - failed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
