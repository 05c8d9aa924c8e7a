"""Native libraries through ctypes: axnorm with the copies, oneDNN, libtorch. Loops and clocks are on their side."""

import ctypes
import json
from ctypes import c_char_p, c_double, c_int, c_int64, c_void_p


class Data(ctypes.Structure):
    """bench::Data."""

    _fields_ = [(name, c_void_p) for name in ("x", "y", "scale", "shift", "mean", "rstd")]


class Unsupported(Exception):
    """A peer cannot do a case; says why."""


class Runner:
    """A case bound to its data."""

    def __init__(self, library, handle, data, operands):
        self._library, self._handle, self._operands = library, handle, operands
        self._data = data  # what the handle refers to

    def time(self, count):
        seconds = self._library.peer_time(self._handle, count)
        if seconds < 0:
            raise Unsupported(self._library.peer_message().decode())
        return seconds

    def result(self):
        """y of the first run of this runner."""
        self._operands.forget_y()
        self.time(1)
        return self._operands.y

    def close(self):
        self._library.peer_close(self._handle)


class NativePeer:
    def __init__(self, name, path):
        self.name = name
        self.library = library = ctypes.CDLL(str(path))
        library.peer_message.restype = library.peer_version.restype = library.peer_way_name.restype = c_char_p
        library.peer_ways.argtypes = [c_int, c_char_p]
        library.peer_way_name.argtypes = [c_int, c_char_p, c_int]
        library.peer_open.restype = c_void_p
        library.peer_open.argtypes = [c_int, c_char_p, c_int, c_int, c_void_p]
        library.peer_time.restype = c_double
        library.peer_time.argtypes = [c_void_p, c_int64]
        library.peer_close.argtypes = [c_void_p]
        self.version = library.peer_version().decode()

    def ways(self, operands, threads):
        """Name and constructor of each way to do the case."""
        place = operands.case["index"], operands.case["dtype"].encode()
        count = self.library.peer_ways(*place)
        if count < 0:
            raise Unsupported(self.library.peer_message().decode())
        return [(self.library.peer_way_name(*place, way).decode(),
                 lambda way=way: self._open(operands, place, way, threads)) for way in range(count)]

    def _open(self, operands, place, way, threads):
        # axnorm takes params as a user has them, all others in the order of memory.
        data = operands.data(Data, in_memory_order=self.name != "axnorm")
        handle = self.library.peer_open(*place, way, threads, ctypes.byref(data))
        if not handle:
            raise Unsupported(self.library.peer_message().decode())
        return Runner(self.library, handle, data, operands)


class Axnorm(NativePeer):
    """axnorm, and what else its library holds."""

    def __init__(self, path):
        super().__init__("axnorm", path)
        self.library.bench_cases.restype = c_char_p
        self.library.bench_reference.argtypes = [c_int, c_void_p]
        self.library.bench_evict.argtypes = [c_void_p, c_int64, c_int]

    def cases(self):
        cases = json.loads(self.library.bench_cases())
        for index, case in enumerate(cases):
            case["index"] = index
        return cases

    def reference(self, operands):
        """y in double."""
        x, y = operands.x.astype("float64"), operands.x.astype("float64")
        data = operands.data(Data, in_memory_order=False)
        data.x, data.y = x.ctypes.data, y.ctypes.data
        self.library.bench_reference(operands.case["index"], ctypes.byref(data))
        return y

    def evict(self, memory, threads):
        self.library.bench_evict(memory.ctypes.data, memory.nbytes, threads)
