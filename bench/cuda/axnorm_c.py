"""axnorm's C interface through ctypes: a call that is bound to its tensors.

    library = Library("libaxnorm.so")
    call = library.bind("b c -> b", "c", Tensor(x.data_ptr(), "float32", x.shape, CUDA),
                        Tensor(y.data_ptr(), "float32", y.shape, CUDA), stream=stream)
    call()
"""

import ctypes
from ctypes import POINTER, c_char_p, c_double, c_int, c_int32, c_int64, c_size_t, c_uint8, c_uint16, c_uint64, c_void_p
from dataclasses import dataclass

CPU, CUDA = 1, 2  # kDLCPU, kDLCUDA
DTYPES = {"float32": (2, 32), "float64": (2, 64), "float16": (2, 16), "bfloat16": (4, 16)}  # DLDataType's code, bits
STATISTICS = {"mean_var": 0, "rms": 1}


class AxnormError(Exception):
    """What axnorm_last_error() says."""


class DLTensor(ctypes.Structure):
    _fields_ = [("data", c_void_p), ("device_type", c_int32), ("device_id", c_int32), ("ndim", c_int32),
                ("code", c_uint8), ("bits", c_uint8), ("lanes", c_uint16), ("shape", POINTER(c_int64)),
                ("strides", POINTER(c_int64)), ("byte_offset", c_uint64)]


class Length(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("length", c_int64)]


class Options(ctypes.Structure):
    """axnorm_options."""

    _fields_ = [("size", c_size_t), ("statistic", c_int32), ("threads", c_int32), ("eps", c_double)] + [
        (name, POINTER(DLTensor)) for name in ("scale", "shift", "mean", "rstd", "given_mean", "given_rstd")] + [
        ("stores", c_int32), ("reserved", c_int32), ("stream", c_void_p)]


@dataclass(frozen=True)
class Tensor:
    """Compact and row-major."""

    address: int
    dtype: str
    shape: tuple
    device_type: int = CUDA
    device: int = 0

    def described(self):
        shape = (c_int64 * len(self.shape))(*self.shape)
        code, bits = DTYPES[self.dtype]
        # ctypes keeps the array as long as the structure that points to it.
        return DLTensor(self.address, self.device_type, self.device, len(self.shape), code, bits, 1,
                        ctypes.cast(shape, POINTER(c_int64)), None, 0)


class Library:
    def __init__(self, path):
        self._library = library = ctypes.CDLL(str(path))
        library.axnorm_version_string.restype = library.axnorm_last_error.restype = c_char_p
        library.axnorm_normalize.restype = c_int
        library.axnorm_normalize.argtypes = [c_char_p, c_char_p, POINTER(DLTensor), POINTER(DLTensor), POINTER(Length),
                                             c_size_t, POINTER(Options)]
        self.version = library.axnorm_version_string().decode()

    def bind(self, pattern, params, x, y, lengths=None, statistic="mean_var", eps=1e-5, scale=None, shift=None,
             stream=None):
        """A function without arguments that makes the call; the tensors' memory has to last as long as it does."""
        options = Options(ctypes.sizeof(Options), STATISTICS[statistic], 0, eps)
        options.stream = stream
        if scale is not None:
            options.scale = ctypes.pointer(scale.described())
        if shift is not None:
            options.shift = ctypes.pointer(shift.described())
        named = [Length(name.encode(), length) for name, length in (lengths or {}).items()]
        arguments = (pattern.encode(), params.encode(), ctypes.pointer(x.described()), ctypes.pointer(y.described()),
                     (Length * len(named))(*named), len(named), ctypes.pointer(options))
        normalize = self._library.axnorm_normalize

        def call():
            if normalize(*arguments) != 0:
                raise AxnormError(self._library.axnorm_last_error().decode())
        return call
