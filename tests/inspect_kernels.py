#!/usr/bin/env python3
"""Inspects the machine code of every kernel, for what a test that runs it cannot see.

    inspect_kernels.py FOLDER    the folder of a library in the build tree

Each variant uses the vectors of its instruction set and no wider ones, reads and writes 16 bits by whole vectors,
and calls nothing, but for memcpy, memset, axnorm_stream, and the heap where a tile of kept groups needs it. AVX-512 is so
checked where it cannot be run.
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


def faults_of(path):
    isa, dtype = isa_of(path), dtype_of(path)
    code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", path], capture_output=True, text=True, check=True).stdout
    undefined = subprocess.run(["nm", "-u", path], capture_output=True, text=True, check=True).stdout.split()[1::2]
    register = WIDTHS[isa]
    # A group of 6 or 8 is a vector by itself.
    if isa == "avx512" and re.search(r"[rR][68]_f32", path.name):
        register = "ymm"
    for conversion in CONVERSIONS.get((dtype, isa), ()):
        if not re.search(rf"\b{conversion}", code):
            yield f"no {conversion}"
    suffix = "pd" if dtype == "f64" else "ps"
    if not re.search(rf"\b(v?mul|vfmadd\d+){suffix}\s.*%{register}", code):
        yield f"no multiplication of {register} vectors"
    if WIDER[isa] and re.search(rf"%{WIDER[isa]}", code):
        yield f"registers wider than {register}"
    if isa == "baseline" and re.search(r"\bvfn?m(add|sub)", code):
        yield "a fused multiply-add"
    kept_innermost = re.search(r"_\w*[kK]\d*(_strided)?_(f32|f64|f16|bf16)-", path.name)
    unexpected = set(undefined) - {"axnorm_stream", "memcpy", "memset"} - ({"halide_malloc", "halide_free"} if kept_innermost else set())
    if unexpected:
        yield "calls of " + ", ".join(sorted(unexpected))


def main():
    folder = pathlib.Path(sys.argv[1])
    paths = [p for p in sorted(folder.glob("*-x86-*.o"))]
    kinds = {(dtype_of(p), isa_of(p)) for p in paths}
    if kinds != {(dtype, isa) for dtype in ("f32", "f64", "f16", "bf16") for isa in WIDTHS}:
        sys.exit(f"{folder} does not hold kernels of each dtype and of {', '.join(WIDTHS)}")
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
