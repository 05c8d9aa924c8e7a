#!/usr/bin/env python3
"""The comparison on a GPU, as far as it goes without one: cases, tables and choices on figures that are made up.

    tests/peers/gpu_bench_test.py [unittest's options]

Where AXNORM_TEST_LIBRARY is a libaxnorm.so it is called on the CPU by the interface of the comparison; where the stand-in
for the CUDA driver is on LD_LIBRARY_PATH the copies run on it, and calls of AXNORM_TEST_CUDA_LIBRARY, a library with kernels
for GPUs. Where torch can be imported its normalizations are compared with the reference.
"""

import array
import contextlib
import ctypes
import importlib.util
import math
import os
import pathlib
import sys
import unittest

BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench"
sys.path[:0] = [str(BENCH / "cuda"), str(BENCH / "peers")]

import axnorm_c  # noqa: E402: found there
import cases  # noqa: E402
import driver  # noqa: E402
import measure  # noqa: E402
import results  # noqa: E402
import tables  # noqa: E402

CPU_LIBRARY = os.environ.get("AXNORM_TEST_LIBRARY")
CUDA_LIBRARY = os.environ.get("AXNORM_TEST_CUDA_LIBRARY")


def stand_in():
    """The stand-in for the driver, whose kernels run at once; None where there is another driver, or none."""
    with contextlib.suppress(OSError):
        library = ctypes.CDLL("libcuda.so.1")
        return library if hasattr(library, "fake_cuda_reset") else None


def has_torch():
    if importlib.util.find_spec("torch") is None:
        return False
    try:
        import torch  # noqa: F401: there may be one that lacks libraries
    except (ImportError, OSError):
        return False
    return True


def normalized(values, length, scale=None, shift=None):
    """Layer norm of rows, in double."""
    result = []
    for begin in range(0, len(values), length):
        row = values[begin:begin + length]
        mean = math.fsum(row) / length
        rstd = 1 / math.sqrt(math.fsum((x - mean) ** 2 for x in row) / length + cases.EPS)
        result += [(x - mean) * rstd * (scale[i] if scale else 1) + (shift[i] if shift else 0)
                   for i, x in enumerate(row)]
    return result


class Cases(unittest.TestCase):
    def test_there_are_those_that_are_wanted(self):
        names = {(case.name, case.dtype) for case in cases.chosen("")}
        for wanted in [("layer 524288x128", "float32"), ("layer 4096x16384 a", "float32"), ("rms 4096x32768", "bfloat16"),
                       ("rms 131072x1024 a", "float16"), ("instance 32x256x56x56", "bfloat16"),
                       ("group 32x256x56x56 g=32 a", "float32")]:
            self.assertIn(wanted, names)
        self.assertEqual(len(names), len(cases.chosen("")))

    def test_rows_are_far_beyond_any_cache(self):
        for case in cases.row_cases():
            self.assertGreater(case.tensor_bytes, 256e6)

    def test_filter(self):
        self.assertEqual({(case.kind, case.dtype) for case in cases.chosen("^group.*, float16$")}, {("group", "float16")})
        self.assertEqual(cases.chosen("no such case"), [])

    def test_least_traffic(self):
        self.assertEqual(cases.Case("layer", (4, 8), "float32").bytes, 2 * 4 * 32)
        self.assertEqual(cases.Case("layer", (4, 8), "float16", True).bytes, 2 * 2 * 32 + 2 * 2 * 8)
        self.assertEqual(cases.Case("rms", (4, 8), "float16", True).bytes, 2 * 2 * 32 + 2 * 8)
        self.assertEqual(cases.Case("group", (2, 64, 2, 2), "float32", True).param_count, 64)

    def test_as_the_table_of_the_cpu_has_them(self):
        run = {"case": cases.image_cases()[0].as_json(), "threads": "gpu", "providers": {}}
        self.assertFalse(results.is_batch_norm(run["case"]))


def provider(*cold_us, wrong=False):
    return {"warm_us": [], "cold_us": list(cold_us), "wrong": wrong}


class Tables(unittest.TestCase):
    def runs(self):
        first, second = cases.Case("layer", (4, 8), "float32"), cases.Case("rms", (4, 8), "float32", True)
        return [{"case": first.as_json(), "threads": "gpu",
                 "providers": {"axnorm": provider(2, 4, 3), "copy memcpy": provider(3), "copy 4x16 bytes": provider(1.5),
                               "torch": provider(6), "triton": provider(1, wrong=True)}},
                {"case": second.as_json(), "threads": "gpu",
                 "providers": {"axnorm": provider(1), "copy memcpy": provider(1), "torch.compile": provider(0.5)}}]

    def test_tsv(self):
        lines = [line.split("\t") for line in results.tsv_of(tables.rows_of(self.runs())).splitlines()]
        self.assertEqual(lines[0], list(results.TSV_HEADER))
        self.assertEqual(lines[1], ["layer 4x8", "float32", "gpu", "3.000", "torch", "6.000", "2.000", "1.500", "0.500"])
        self.assertEqual(lines[2][4:7], ["torch.compile", "0.500", "0.500"])

    def test_markdown(self):
        lines = tables.markdown_of(self.runs()).splitlines()
        self.assertEqual(lines[0], "| case | dtype | copy | axnorm | GB/s | torch | torch.compile | triton | best peer"
                                   " | speedup | share |")
        self.assertEqual(lines[2], "| layer 4x8 | float32 | 1.5 | 3.00 | 0 | 6.00 | - | wrong | torch | 2.00 | 0.50 |")

    def test_throughput(self):
        self.assertAlmostEqual(tables.gigabytes_per_second(self.runs()[0], 0.256), 1.0)

    def test_summary(self):
        lines = tables.summary_of(tables.rows_of(self.runs()))
        self.assertTrue(lines[0].startswith("1.00 times as fast as the best peer (geometric mean of 2 cases); at least as"
                                            " fast in 1; least 0.50: rms 4x8 a"), lines[0])
        self.assertTrue(lines[1].startswith("0.71 of the copy's speed"), lines[1])
        self.assertEqual(tables.summary_of([]), [])

    def test_host_costs(self):
        costs = {"layer": {"axnorm": 1.5, "torch layer_norm": 4}, "rms": {"axnorm": 1, "torch rms_norm": 5}}
        self.assertEqual(tables.host_markdown_of(costs).splitlines()[2:],
                         ["| layer | 1.50 | 4.00 | - |", "| rms | 1.00 | - | 5.00 |"])
        self.assertEqual(tables.calls_of("layer 1x768\t700\nlaunch alone\t2100\n"), {"layer 1x768": 0.7, "launch alone": 2.1})


class FakeClock:
    """The time of a call is what it returns."""

    def time(self, call):
        return call()


def entry(name, us, error=0.0):
    return measure.Entry(name, f"in {us}", lambda: us, error, 1e-4)


class Measuring(unittest.TestCase):
    def test_ways_that_fail_are_told(self):
        def fail():
            raise RuntimeError("no kernel\nand more")
        entries, reasons = measure.opened("torch", [("a", fail), ("b", lambda: 2)], lambda call: call(), 1)
        self.assertEqual(([(e.way, e.wrong) for e in entries], reasons), ([("b", True)], "a: no kernel"))

    def test_nan_is_wrong(self):
        self.assertTrue(measure.Entry("torch", "a", None, math.nan, 1).wrong)
        self.assertTrue(measure.Entry("torch", "a", None, math.inf, 1).wrong)
        self.assertEqual(measure.Entry("torch", "a", None, math.inf, 1).as_json()["error"], "inf")

    def test_contenders_are_right_and_about_as_fast(self):
        ways = [entry("torch", 1.0, error=1), entry("torch", 10.0), entry("torch", 11.0), entry("torch", 20.0)]
        self.assertEqual([e.way for e in measure.contenders(ways, FakeClock())], ["in 10.0", "in 11.0"])
        self.assertEqual([e.way for e in measure.contenders(ways[:1], FakeClock())], ["in 1.0"])

    def test_the_fastest_way_of_each(self):
        entries = [entry("axnorm", 3.0), entry("torch", 5.0), entry("torch", 4.0)]
        measure.measure(entries, FakeClock(), 5)
        best = measure.fastest_by_name(entries)
        self.assertEqual({name: (one["way"], one["cold_us"]) for name, one in best.items()},
                         {"axnorm": ("in 3.0", [3.0] * 5), "torch": ("in 4.0", [4.0] * 5)})

    def test_host_costs(self):
        calls = []
        costs = measure.host_costs({"a": lambda: calls.append("a"), "b": lambda: None}, lambda: calls.append("wait"), 2)
        self.assertEqual(set(costs), {"a", "b"})
        self.assertTrue(all(0 < us < 1e3 for us in costs.values()))
        self.assertEqual(calls.count("wait"), 2 * (2 + measure.WARM_UP))
        self.assertEqual(calls.count("a"), measure.CALLS_OF_A_BATCH * (2 + measure.WARM_UP))


@unittest.skipUnless(CPU_LIBRARY, "AXNORM_TEST_LIBRARY is not set")
class OnTheCpu(unittest.TestCase):
    def setUp(self):
        self.library = axnorm_c.Library(CPU_LIBRARY)

    def tensor(self, values, shape):
        return axnorm_c.Tensor(values.buffer_info()[0], "float32", shape, axnorm_c.CPU)

    def test_layer_norm(self):
        x = array.array("f", [math.sin(i) for i in range(24)])
        y, scale, shift = array.array("f", 24 * [math.nan]), array.array("f", range(8)), array.array("f", 8 * [3])
        call = self.library.bind("b c -> b", "c", self.tensor(x, (3, 8)), self.tensor(y, (3, 8)),
                                 scale=self.tensor(scale, (8,)), shift=self.tensor(shift, (8,)))
        call()
        for value, right in zip(y, normalized(x, 8, scale, shift), strict=True):
            self.assertAlmostEqual(value, right, places=5)

    def test_lengths_and_statistic(self):
        x, y = array.array("f", range(1, 17)), array.array("f", 16 * [math.nan])
        shape = (1, 4, 2, 2)
        self.library.bind("b (g n) h w -> b g", "", self.tensor(x, shape), self.tensor(y, shape), {"g": 2}, "rms")()
        for i, value in enumerate(y):
            group = x[:8] if i < 8 else x[8:]
            self.assertAlmostEqual(value, x[i] / math.sqrt(sum(v * v for v in group) / 8 + 1e-5), places=5)

    def test_errors(self):
        x = array.array("f", range(6))
        call = self.library.bind("b c -> k", "", self.tensor(x, (2, 3)), self.tensor(x, (2, 3)))
        with self.assertRaisesRegex(axnorm_c.AxnormError, "k"):
            call()


@unittest.skipUnless(stand_in(), "the stand-in for the CUDA driver is not on LD_LIBRARY_PATH")
class OnTheStandIn(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.driver = driver.Driver()
        context = ctypes.c_void_p()
        cls.driver.call("cuInit", 0)
        cls.driver.call("cuDevicePrimaryCtxRetain", ctypes.byref(context), 0)
        cls.driver.call("cuCtxSetCurrent", context)

    def memory(self, values):
        """The address of a copy of an array."""
        address, size = ctypes.c_uint64(), len(values) * values.itemsize
        self.driver.call("cuMemAlloc_v2", ctypes.byref(address), ctypes.c_size_t(size))
        self.addCleanup(self.driver.call, "cuMemFree_v2", address)
        self.driver.call("cuMemcpyHtoD_v2", address, ctypes.c_void_p(values.buffer_info()[0]), ctypes.c_size_t(size))
        return address.value

    def read(self, address, values):
        self.driver.call("cuMemcpyDtoH_v2", ctypes.c_void_p(values.buffer_info()[0]), ctypes.c_uint64(address),
                         ctypes.c_size_t(len(values) * values.itemsize))
        return values

    def test_copies(self):
        copies = driver.Copies(self.driver)
        self.assertEqual(len(copies.names), 1 + len(driver.LOADS))
        # Less than a block, whole ones, and a part of one.
        for vectors in (1, driver.THREADS, 4 * driver.THREADS, 9 * driver.THREADS + 5):
            x = array.array("I", range(1, 4 * vectors + 1))
            from_ = self.memory(x)
            for name in copies.names:
                to = self.memory(array.array("I", (len(x) + 4) * [0]))
                copies.run(name, to, from_, 16 * vectors, None)
                got = self.read(to, array.array("I", (len(x) + 4) * [7]))
                self.assertEqual((got[:len(x)], list(got[len(x):])), (x, [0] * 4), (name, vectors))

    def test_copies_refuse_what_is_no_vector(self):
        copies = driver.Copies(self.driver)
        for arguments in [(4, 0, 16), (0, 8, 16), (0, 0, 24)]:
            with self.assertRaises(ValueError):
                copies.run(copies.names[1], *arguments, None)

    def test_errors_have_names(self):
        with self.assertRaisesRegex(driver.DriverError, "cuModuleLoadData: CUDA_ERROR_"):
            self.driver.call("cuModuleLoadData", ctypes.byref(ctypes.c_void_p()), b"no PTX")

    def test_attributes(self):
        self.assertRegex(self.driver.version(), r"^\d+\.\d$")
        self.assertGreaterEqual(self.driver.attribute(driver.CAPABILITY_MAJOR), 8)

    @unittest.skipUnless(CUDA_LIBRARY, "AXNORM_TEST_CUDA_LIBRARY is not set")
    def test_a_call(self):
        library = axnorm_c.Library(CUDA_LIBRARY)
        x, y = array.array("f", [math.sin(i) for i in range(512)]), array.array("f", 512 * [math.nan])
        scale = array.array("f", [1 + i / 256 for i in range(256)])
        to = self.memory(y)
        library.bind("b c -> b", "c", axnorm_c.Tensor(self.memory(x), "float32", (2, 256)),
                     axnorm_c.Tensor(to, "float32", (2, 256)),
                     scale=axnorm_c.Tensor(self.memory(scale), "float32", (256,)))()
        for value, right in zip(self.read(to, y), normalized(x, 256, scale), strict=True):
            self.assertAlmostEqual(value, right, places=5)


@unittest.skipUnless(has_torch(), "torch is not there")
class Torch(unittest.TestCase):
    """On the CPU."""

    SMALL = [cases.Case("layer", (5, 24), "float32", affine) for affine in (False, True)] + [
        cases.Case("rms", (5, 24), "float32", True), cases.Case("instance", (3, 64, 5, 2), "float32", True),
        cases.Case("instance", (3, 64, 5, 2), "float32"), cases.Case("group", (3, 64, 5, 2), "float32", True),
        cases.Case("layer", (5, 24), "bfloat16", True)]

    def setUp(self):
        import torch_peers
        self.peers = torch_peers

    def test_every_way_is_right(self):
        for case in self.SMALL:
            operands = self.peers.Operands(case, "cpu")
            ways = {**self.peers.functions(case), "formula": self.peers.formula(case)}
            for name, function in ways.items():
                error = self.peers.error_of(operands, self.peers.bound(function, operands)())
                self.assertLessEqual(error, self.peers.TOLERANCES[case.dtype], (case, name))

    def test_what_is_wrong_is_found(self):
        for case in self.SMALL:
            operands = self.peers.Operands(case, "cpu")
            right = self.peers.formula(case)(operands.x, operands.scale, operands.shift)
            for last, wrong in [((-1,) * right.dim(), 9), ((0,) * right.dim(), math.nan)]:
                y = right.clone()
                y[last] = wrong
                self.assertGreater(self.peers.error_of(operands, y), self.peers.TOLERANCES[case.dtype])
            self.assertEqual(self.peers.error_of(operands, right[:1]), math.inf)
            self.assertEqual(self.peers.error_of(operands, right.double()), math.inf)

    def test_the_reference_goes_by_parts(self):
        case = cases.Case("group", (7, 64, 5, 2), "float32", True)
        operands = self.peers.Operands(case, "cpu")
        chunk, self.peers.CHUNK = self.peers.CHUNK, 3 * 640
        self.addCleanup(setattr, self.peers, "CHUNK", chunk)
        right = self.peers.formula(case)(operands.x, operands.scale, operands.shift)
        self.assertLess(self.peers.error_of(operands, right), 1e-4)
        right[6, 0, 0, 0] += 1
        self.assertGreater(self.peers.error_of(operands, right), 1e-2)

    @unittest.skipUnless(CPU_LIBRARY, "AXNORM_TEST_LIBRARY is not set")
    def test_axnorm_beside_the_reference(self):
        library = axnorm_c.Library(CPU_LIBRARY)

        def tensor(of):
            if of is None:
                return None
            return axnorm_c.Tensor(of.data_ptr(), str(of.dtype).removeprefix("torch."), tuple(of.shape), axnorm_c.CPU)
        for case in self.SMALL:
            operands = self.peers.Operands(case, "cpu")
            operands.forget_y()
            library.bind(case.pattern, case.params, tensor(operands.x), tensor(operands.y), case.lengths, case.statistic,
                         cases.EPS, tensor(operands.scale), tensor(operands.shift))()
            self.assertLessEqual(self.peers.error_of(operands, operands.y), self.peers.TOLERANCES[case.dtype], case)


if __name__ == "__main__":
    unittest.main()
