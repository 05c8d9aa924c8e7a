"""Errors of axnorm and of other libraries against float64, at means far from zero: scripts/bench --accuracy."""

import argparse
import json
import math
import sys
from pathlib import Path

import ml_dtypes
import numpy

import machine
from native import Unsupported
from operands import DTYPES, Operands
from worker import load_peers, log

MEANS = (1e2, 1e3, 1e4)
# Columns, and the cases of the table that they are: without params.
COLUMNS = {
    "layer, rows of 4096": "layer 2048x4096",
    "batch NCHW": "batch NCHW 32x64x56x56",
    "batch NHWC": "batch NHWC 32x56x56x64",
    "group NCHW": "group 8x128x64x64 g=32",
    "group NHWC": "group NHWC 8x64x64x128 g=32",
    "instance NCHW": "instance 8x64x128x128",
    "instance NHWC": "instance NHWC 8x128x128x64",
}


def ulps(values, dtype):
    """The distance from each of these values of a dtype to the next."""
    info = ml_dtypes.finfo(dtype)
    exponent = numpy.frexp(numpy.abs(values.astype("float64")))[1] - 1
    return numpy.ldexp(1.0, numpy.maximum(exponent, info.minexp) - info.nmant)


def largest_error(y, reference, dtype):
    """Absolute in float32 and float64; in shorter dtypes in ulps of the rounded reference. NaN stays NaN."""
    if dtype.itemsize >= 4:
        return float(numpy.max(numpy.abs(y.astype("float64") - reference)))
    rounded = reference.astype(dtype)
    return float(numpy.max(numpy.abs(y.astype("float64") - rounded.astype("float64")) / ulps(rounded, dtype)))


def error_of(peer, operands, reference):
    """Of the first way that works: the operator made for it, where there is one. None where there is no way."""
    try:
        ways = peer.ways(operands, 1)
    except Unsupported:
        return None, None
    for name, make in ways:
        if name.startswith("copy "):
            continue
        try:
            runner = make()
            error = largest_error(runner.result(), reference, operands.x.dtype)
            runner.close()
            return name, error
        except Unsupported:
            continue
    return None, None


def measure(axnorm, peers, dtype):
    """errors[provider][column] is a list, by mean; and the ways that were taken."""
    providers = [axnorm, *peers]
    errors = {peer.name: {} for peer in providers}
    ways = {peer.name: {} for peer in providers}
    by_name = {case["case"]: case for case in axnorm.cases() if case["dtype"] == "float32"}
    for column, name in COLUMNS.items():
        case = dict(by_name[name], dtype=dtype)
        if dtype not in case["dtypes"]:
            log(f"Left out: {column}: the library that is linked has no kernels for {dtype}")
            continue
        log(f"{dtype}: {column}")
        for mean in MEANS:
            operands = Operands(case, mean)
            reference = axnorm.reference(operands)
            for peer in providers:
                way, error = error_of(peer, operands, reference)
                if way is not None:
                    errors[peer.name].setdefault(column, []).append(error)
                    ways[peer.name][column] = way
    return errors, ways


def cell(values, dtype):
    def text(value):
        if math.isnan(value):
            return "NaN"
        if DTYPES[dtype].itemsize < 4:
            return f"{value:.4g}"
        return f"{value:.1e}".replace("e-0", "e-").replace("e+0", "e")

    return " / ".join(map(text, values)) if values else "-"


def markdown_of(errors, dtype):
    columns = [column for column in COLUMNS if any(column in by_column for by_column in errors.values())]
    lines = [["", *columns], ["---"] * (len(columns) + 1)]
    for name, by_column in errors.items():
        lines.append([name] + [cell(by_column.get(column), dtype) for column in columns])
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench --accuracy", description=__doc__)
    parser.add_argument("--libraries", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--with-torch", action="store_true", help="libtorch too, which is 540 MB to download")
    parser.add_argument("--json", type=Path, metavar="FILE", help="all errors, and the ways that were taken")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    names = ["onednn", "onnxruntime", "jax"] + ["torch"] * arguments.with_torch
    axnorm, peers, missing = load_peers(names, arguments.libraries)
    dtypes = [dtype for dtype in DTYPES if any(dtype in case["dtypes"] for case in axnorm.cases())]
    everything = {"machine": machine.description("--accuracy"), "means": MEANS, "missing": missing,
                  "versions": {peer.name: peer.version for peer in (axnorm, *peers)}, "dtypes": {}}
    for dtype in dtypes:
        errors, ways = measure(axnorm, peers, dtype)
        everything["dtypes"][dtype] = {"errors": errors, "ways": ways}
        unit = "absolute" if DTYPES[dtype].itemsize >= 4 else "in ulps of the rounded result"
        print(f"{dtype}: the largest error of y, {unit}, against float64, for x = mean + N(0, 1), mean "
              + " / ".join(f"{mean:g}" for mean in MEANS) + "\n\n" + markdown_of(errors, dtype))
    print(", ".join(f"{name} {version}" for name, version in everything["versions"].items()))
    for name, reason in missing.items():
        print(f"Without {name}: {reason}")
    if arguments.json:
        arguments.json.write_text(json.dumps(everything, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
