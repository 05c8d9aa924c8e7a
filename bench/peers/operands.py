"""What a case works on: x, y, params and statistics, in memory that all native peers share."""

import math

import ml_dtypes
import numpy

DTYPES = {
    "float32": numpy.dtype("float32"),
    "float64": numpy.dtype("float64"),
    "float16": numpy.dtype("float16"),
    "bfloat16": numpy.dtype(ml_dtypes.bfloat16),
}
# Of |y - reference| / max(1, |reference|), where x is about 1: finds what is wrong, not what is inexact.
TOLERANCES = {"float32": 1e-4, "float64": 1e-4, "float16": 4e-3, "bfloat16": 3e-2}


def aligned(count, dtype):
    """An array that begins at a page; numpy asks for huge pages where it is large."""
    size = count * dtype.itemsize
    memory = numpy.zeros(size + 4096, numpy.uint8)
    start = -memory.ctypes.data % 4096
    return memory[start:start + size].view(dtype)


class Operands:
    """x is mean + N(0, 1), flat and in the order of memory."""

    def __init__(self, case, mean=0.5):
        self.case = case
        dtype = DTYPES[case["dtype"]]
        random = numpy.random.default_rng(1)
        self.x, self.y = aligned(case["elements"], dtype), aligned(case["elements"], dtype)
        self.x[:] = (random.standard_normal(case["elements"], numpy.float32) + numpy.float32(mean)).astype(dtype)
        params, given = max(1, case["params"]), max(1, case["given"])

        def normal(centre):
            return (centre + random.standard_normal(params)).astype(numpy.float32)

        self.scale, self.shift = normal(1.5), normal(0.5)
        self.mean = random.uniform(0, 1, given).astype(numpy.float32)
        self.var = random.uniform(0.5, 2, given).astype(numpy.float32)
        self.rstd = (1 / numpy.sqrt(self.var + case["eps"])).astype(numpy.float32)
        self.scale_in_memory, self.shift_in_memory = map(self._in_memory_order, (self.scale, self.shift))

    def _in_memory_order(self, params):
        """What a user of a library without axnorm's layouts would store."""
        if not self.case["params"]:
            return params
        axes = [axis for axis in self.case["axes"] if axis["params"]]
        extents = {axis["name"]: axis["extent"] for axis in axes}
        order = self.case["params_axes"]
        shaped = params.reshape([extents[name] for name in order])
        return numpy.ascontiguousarray(shaped.transpose([order.index(axis["name"]) for axis in axes])).ravel()

    def data(self, struct, in_memory_order):
        scale, shift = ((self.scale_in_memory, self.shift_in_memory) if in_memory_order else (self.scale, self.shift))
        return struct(*(array.ctypes.data for array in (self.x, self.y, scale, shift, self.mean, self.rstd)))

    def forget_y(self):
        self.y[:] = math.nan


def error_of(result, reference):
    """The largest error of y, in parts of what is above 1; infinite where it is NaN."""
    error = numpy.max(numpy.abs(result.astype("float64") - reference) / numpy.maximum(1, numpy.abs(reference)))
    return math.inf if math.isnan(error) else float(error)
