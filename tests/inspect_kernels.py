#!/usr/bin/env python3
"""Inspects the machine code of every kernel, for what a test that runs it cannot see.

    inspect_kernels.py FOLDER    the folder of a library in the build tree

Each variant uses the vectors of its instruction set and no wider ones, and reads and writes 16 bits by whole vectors.
With AVX2 and AVX-512 it has fused multiply-adds, of vectors and of what is computed with alone: where there is one of a
single number, LLVM has left a call for each lane as it was. Baseline has none. Nothing is called but the runtime,
memcpy and memset, and for memory only where the stack is not to hold it. AVX-512 is so checked where it cannot be run. What
loops look like is checked in codegen/.
"""
import pathlib
import re
import subprocess
import sys

# What reads and writes 16 bits by whole vectors.
CONVERSIONS = {
    ("f16", "avx512"): (r"vcvtph2ps\s.*%zmm", r"vcvtps2ph\s.*%zmm"),
    ("f16", "avx2"): (r"vcvtph2ps\s.*%ymm", r"vcvtps2ph\s.*%ymm"),
    ("f16", "baseline"): (r"punpck[lh]wd\s.*%xmm", r"(packssdw|pshufhw)\s.*%xmm"),
    ("bf16", "avx512"): (r"vpmovzxwd\s.*%zmm", r"vpmovdw\s+%zmm"),
    ("bf16", "avx2"): (r"vpmovzxwd\s.*%ymm", r"(vpackusdw|vpackssdw|vpshufb)\s"),
    ("bf16", "baseline"): (r"punpck[lh]wd\s.*%xmm", r"(packssdw|pshufhw)\s.*%xmm"),
}
WIDTHS = {"avx512": "zmm", "avx2": "ymm", "baseline": "xmm"}
WIDER = {"avx512": None, "avx2": "zmm", "baseline": "[yz]mm"}


def isa_of(path):
    return "avx512" if "avx512" in path.name else "avx2" if "avx2" in path.name else "baseline"


# Of x, as kernels are named.
def dtype_of(path):
    return re.search(r"_(f32|f64|f16|bf16)(_\w+)?-x86", path.name)[1]


def is_strided(path):
    """Elements are loaded and stored one by one, and not streamed; LLVM leaves them apart in multiply-adds too."""
    return re.search(r"_strided_(f32|f64|f16|bf16)", path.name) is not None


def code_faults(path):
    isa, dtype = isa_of(path), dtype_of(path)
    code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", path],
                          capture_output=True, text=True, check=True).stdout
    for conversion in CONVERSIONS.get((dtype, isa), ()):
        if not re.search(rf"\b{conversion}", code):
            yield f"no {conversion}"
    register, suffix = WIDTHS[isa], "pd" if dtype == "f64" else "ps"
    # A group of 5 to 8 is a vector by itself, and up to 7 no whole one.
    if isa != "baseline" and (extent := re.search(r"[rR]([5-8])_f32", path.name)):
        register = "ymm" if extent[1] == "8" else "xmm"
    # What every kernel computes: squares, and y of normalized x.
    instruction = "mul" if isa == "baseline" else "vmul" if is_strided(path) else r"vfmadd\d+"
    if not re.search(rf"\b{instruction}{suffix}\s.*%{register}", code):
        yield f"no multiplication of {register} vectors"
    if WIDER[isa] and re.search(rf"%{WIDER[isa]}", code):
        yield f"registers wider than {WIDTHS[isa]}"
    multiply_adds = set(re.findall(r"\bvfn?m(?:addsub|subadd|add|sub)\d+(\w+)\s", code))
    expected = {suffix, suffix.replace("p", "s")} if is_strided(path) else {suffix}
    if unexpected := multiply_adds - (set() if isa == "baseline" else expected):
        yield "fused multiply-adds of " + ", ".join(sorted(unexpected))


def call_faults(path):
    undefined = set(subprocess.run(["nm", "-u", path], capture_output=True, text=True, check=True).stdout.split()[1::2])
    if is_strided(path) == ("axnorm_stream" in undefined):
        yield "a call of axnorm_stream" if is_strided(path) else "no call of axnorm_stream"
    if missing := {"axnorm_extreme", "axnorm_redo"} - undefined:
        yield "no call of " + ", ".join(sorted(missing))
    expected = {"axnorm_extreme", "axnorm_redo", "axnorm_stream", "memcpy", "memset"}
    # Those that work on as many groups as there are, or on more than a stack should have.
    if unexpected := undefined - expected - {"axnorm_take_scratch", "axnorm_return_scratch"}:
        yield "calls of " + ", ".join(sorted(unexpected))


def main():
    folder = pathlib.Path(sys.argv[1])
    paths = [p for p in sorted(folder.glob("*-x86-*.o"))]
    kinds = {(dtype_of(p), isa_of(p)) for p in paths}
    if kinds != {(dtype, isa) for dtype in ("f32", "f64", "f16", "bf16") for isa in WIDTHS}:
        sys.exit(f"{folder} does not hold kernels of each dtype and of {', '.join(WIDTHS)}")
    failed = 0
    for path in paths:
        faults = [*code_faults(path), *call_faults(path)]
        failed += bool(faults)
        for fault in faults:
            print(f"{path.name}: {fault}")
    print(f"{len(paths) - failed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
