"""The cases of scripts/bench --device cuda, and what they are to axnorm. Only the standard library; tested in tests/.

A name is that of the normalization, the shape as it is stored, and `a` where there are scale and shift (rms: scale).
"""

import math
import re
from dataclasses import dataclass

SIZES = {"float32": 4, "float16": 2, "bfloat16": 2}
EPS = 1e-5
LEAST_BYTES = 1 << 28  # of x: far beyond any cache
ROWS = (128, 256, 1024, 2048, 4096, 8192, 16384)
IMAGES = (32, 256, 56, 56)
LARGE_IMAGES = {"instance": (1, 16, 2048, 2048), "group": (1, 256, 512, 512)}  # few statistic groups
GROUPS = 32

# Pattern, params, and the axes of x with whether their statistics are kept.
PATTERNS = {
    "layer": ("b c -> b", "c", (("b", True), ("c", False))),
    "rms": ("b c -> b", "c", (("b", True), ("c", False))),
    "instance": ("b c h w -> b c", "c", (("b", True), ("c", True), ("h", False), ("w", False))),
    "group": ("b (g n) h w -> b g", "(g n)", (("b", True), ("g", True), ("n", False), ("h", False), ("w", False))),
}


@dataclass(frozen=True)
class Case:
    kind: str  # of PATTERNS
    shape: tuple
    dtype: str  # of x, y and params
    affine: bool = False

    @property
    def name(self):
        groups = f" g={GROUPS}" if self.kind == "group" else ""
        return f"{self.kind} {'x'.join(map(str, self.shape))}{groups}{' a' if self.affine else ''}"

    @property
    def pattern(self):
        return PATTERNS[self.kind][0]

    @property
    def params(self):
        return PATTERNS[self.kind][1] if self.affine else ""

    @property
    def lengths(self):
        return {"g": GROUPS} if self.kind == "group" else {}

    @property
    def statistic(self):
        return "rms" if self.kind == "rms" else "mean_var"

    @property
    def has_shift(self):
        return self.affine and self.kind != "rms"

    @property
    def param_count(self):
        """Of scale, and of shift: one for each channel."""
        return self.shape[1] if self.affine else 0

    @property
    def tensor_bytes(self):
        return math.prod(self.shape) * SIZES[self.dtype]

    @property
    def bytes(self):
        """The least that can move: x read, y written, params read once."""
        return 2 * self.tensor_bytes + (self.affine + self.has_shift) * self.param_count * SIZES[self.dtype]

    def as_json(self):
        axes = [{"name": name, "kept": kept} for name, kept in PATTERNS[self.kind][2]]
        return {"case": self.name, "dtype": self.dtype, "statistic": self.statistic, "bytes": self.bytes, "axes": axes}


def row_cases():
    cases = []
    for kind in ("layer", "rms"):
        for dtype in SIZES:
            lengths = ROWS + (32768,) * (dtype == "bfloat16")
            if dtype == "float16":
                lengths = (1024, 4096, 16384)
            for length in lengths:
                shape = (LEAST_BYTES // (length * SIZES[dtype]), length)
                cases += [Case(kind, shape, dtype, affine) for affine in (False, True)]
    return cases


def image_cases():
    return [Case(kind, shape, dtype, affine) for kind in ("instance", "group") for shape in (IMAGES, LARGE_IMAGES[kind])
            for dtype in SIZES for affine in (False, True)]


# What a call costs the host shows where the GPU has next to nothing to do.
HOST_CASES = [Case("layer", (1, 768), "float32"), Case("layer", (1, 768), "float32", True),
              Case("rms", (1, 768), "float32", True), Case("layer", (1, 768), "bfloat16", True)]


def chosen(pattern):
    """The cases whose 'name, dtype' has a match of the regular expression."""
    return [case for case in row_cases() + image_cases() if re.search(pattern, f"{case.name}, {case.dtype}")]
