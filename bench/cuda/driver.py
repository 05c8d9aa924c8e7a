"""Copies in the GPU's memory by the CUDA driver, through ctypes: a copy of its own, and kernels of plain loads and stores.

    driver = Driver()
    driver.copy_by_memcpy(to, from_, count, stream)
    Copies(driver).run("copy 4x16 bytes", to, from_, count, stream)

A context has to be current, as it is where torch has used the GPU.
"""

import ctypes
from ctypes import byref, c_char_p, c_int, c_size_t, c_uint, c_uint64, c_void_p

L2_BYTES, CAPABILITY_MAJOR = 38, 75  # CU_DEVICE_ATTRIBUTE_...
THREADS = 256
VECTOR = 16  # bytes
LOADS = (1, 4)  # of a thread, before its first store


class DriverError(Exception):
    """A function of the driver failed."""


class Driver:
    def __init__(self):
        self._library = library = ctypes.CDLL("libcuda.so.1")
        library.cuGetErrorName.argtypes = [c_int, c_void_p]
        library.cuMemcpyDtoDAsync_v2.argtypes = [c_uint64, c_uint64, c_size_t, c_void_p]
        library.cuModuleLoadData.argtypes = [c_void_p, c_char_p]
        library.cuModuleGetFunction.argtypes = [c_void_p, c_void_p, c_char_p]
        library.cuLaunchKernel.argtypes = [c_void_p] + 7 * [c_uint] + 3 * [c_void_p]

    def call(self, name, *arguments):
        result = getattr(self._library, name)(*arguments)
        if result != 0:
            text = c_char_p()
            self._library.cuGetErrorName(result, byref(text))
            raise DriverError(f"{name}: {text.value.decode() if text.value else result}")

    def version(self):
        version = c_int()
        self.call("cuDriverGetVersion", byref(version))
        return f"{version.value // 1000}.{version.value % 1000 // 10}"

    def attribute(self, which, device=0):
        value = c_int()
        self.call("cuDeviceGetAttribute", byref(value), which, device)
        return value.value

    def copy_by_memcpy(self, to, from_, count, stream):
        self.call("cuMemcpyDtoDAsync_v2", to, from_, count, stream)


def copy_ptx(loads):
    """A kernel that copies vectors, `loads` of them in a thread: all are loaded before the first one is stored."""
    body = []
    for k in range(loads):
        body += [f"add.u64 %at{k}, %first, {k * THREADS};", f"setp.lt.u64 %is{k}, %at{k}, %count;",
                 f"shl.b64 %at{k}, %at{k}, 4;", f"add.u64 %from{k}, %from, %at{k};", f"add.u64 %to{k}, %to, %at{k};"]
    vectors = ["{" + ", ".join(f"%v{4 * k + i}" for i in range(4)) + "}" for k in range(loads)]
    body += [f"@%is{k} ld.global.v4.b32 {vectors[k]}, [%from{k}];" for k in range(loads)]
    body += [f"@%is{k} st.global.v4.b32 [%to{k}], {vectors[k]};" for k in range(loads)]
    registers = [f".reg .b64 %{name}<{loads}>;" for name in ("at", "from", "to")]
    return "\n".join([
        ".version 7.0", ".target sm_80", ".address_size 64",
        ".visible .entry copy(.param .u64 to, .param .u64 from, .param .u64 count)",
        f".maxntid {THREADS}, 1, 1", "{",
        *registers, f".reg .pred %is<{loads}>;", f".reg .b32 %v<{4 * loads}>;", ".reg .b32 %block, %thread;",
        ".reg .b64 %to, %from, %count, %first, %wide;",
        "ld.param.u64 %to, [to];", "ld.param.u64 %from, [from];", "ld.param.u64 %count, [count];",
        "cvta.to.global.u64 %to, %to;", "cvta.to.global.u64 %from, %from;",
        "mov.u32 %block, %ctaid.x;", "mov.u32 %thread, %tid.x;",
        f"mul.wide.u32 %first, %block, {loads * THREADS};", "cvt.u64.u32 %wide, %thread;",
        "add.u64 %first, %first, %wide;", *body, "ret;", "}", ""])


class Copies:
    """The copies by name; the fastest of them is what share_of_copy is a share of."""

    def __init__(self, driver):
        self._driver = driver
        self._kernels = {f"copy {loads}x{VECTOR} bytes": (loads, self._function(loads)) for loads in LOADS}
        self.names = ["copy memcpy", *self._kernels]

    def _function(self, loads):
        module, function = c_void_p(), c_void_p()
        self._driver.call("cuModuleLoadData", byref(module), copy_ptx(loads).encode())
        self._driver.call("cuModuleGetFunction", byref(function), module, b"copy")
        return function

    def run(self, name, to, from_, count, stream):
        """Copies `count` bytes; addresses and count are multiples of 16."""
        if name == "copy memcpy":
            self._driver.copy_by_memcpy(to, from_, count, stream)
            return
        if (to | from_ | count) % VECTOR:
            raise ValueError("kernels copy vectors of 16 bytes")
        loads, function = self._kernels[name]
        vectors = count // VECTOR
        blocks = -(-vectors // (loads * THREADS))
        values = [c_uint64(to), c_uint64(from_), c_uint64(vectors)]
        pointers = (c_void_p * 3)(*[ctypes.addressof(value) for value in values])
        self._driver.call("cuLaunchKernel", function, blocks, 1, 1, THREADS, 1, 1, 0, stream, pointers, None)
