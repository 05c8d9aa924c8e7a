"""Tests of `axnorm run` and `axnorm bench`; run by cli_test.py."""

import json
import math
import pathlib
import struct
import tempfile

from program import Command, table

CODES = {"<f4": "f", "<f8": "d", "<f2": "e"}


def npy(values, shape, descr="<f4", fortran=False, version=1):
    """The bytes of an array of NumPy, written by hand."""
    header = str({"descr": descr, "fortran_order": fortran, "shape": shape}).encode()
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    data = struct.pack(f"<{len(values)}{CODES.get(descr, 'f')}", *values)
    return b"\x93NUMPY" + bytes([version, 0]) + length + header + data


def values_of(path, descr):
    data = path.read_bytes()
    length = struct.unpack("<H", data[8:10])[0]
    header = data[10:10 + length].decode()
    assert (10 + length) % 64 == 0 and header.endswith("\n"), header
    code = CODES[descr]
    return eval(header, {}), [v for v, in struct.iter_unpack("<" + code, data[10 + length:])]  # as NumPy reads it


def normalized(rows, eps=1e-5, scale=None, shift=None, rms=False):
    result = []
    for row in rows:
        mean = 0 if rms else sum(row) / len(row)
        rstd = 1 / math.sqrt(sum((v - mean) ** 2 for v in row) / len(row) + eps)
        result.append([(v - mean) * rstd * (scale[i] if scale else 1) + (shift[i] if shift else 0)
                       for i, v in enumerate(row)])
    return result


class Run(Command):
    ROWS = [[1.0, 2.0, 4.0, -3.0, 0.5], [0.25, -8.0, 3.0, 3.0, 1.0], [7.0, 6.0, 5.0, 4.0, 3.0]]

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.x, self.y = self.folder / "x.npy", self.folder / "y.npy"

    def run_on(self, data, *arguments):
        self.x.write_bytes(data)
        return self.accepted("run", str(self.x), "--pattern", "b c -> b", "-o", str(self.y), *arguments)

    def check(self, descr, expected, shape, fortran=False, tolerance=1e-6):
        header, values = values_of(self.y, descr)
        self.assertEqual(header, {"descr": descr, "fortran_order": fortran, "shape": shape})
        self.assertEqual(len(values), len(expected))
        for value, right in zip(values, expected):
            self.assertAlmostEqual(value, right, delta=tolerance * max(1, abs(right)))

    def test_dtypes_and_orders(self):
        flat = [v for row in self.ROWS for v in row]
        expected = [v for row in normalized(self.ROWS) for v in row]
        columns = [row[i] for i in range(5) for row in self.ROWS]
        expected_columns = [row[i] for i in range(5) for row in normalized(self.ROWS)]
        for descr, name, tolerance in (("<f4", "float32", 1e-6), ("<f8", "float64", 1e-12), ("<f2", "float16", 2e-3)):
            for version in (1, 2):
                said = self.run_on(npy(flat, (3, 5), descr, version=version))
                self.assertEqual(said, f"{self.y}: {name} [3, 5]\n")
                self.check(descr, expected, (3, 5), tolerance=tolerance)
            self.run_on(npy(columns, (3, 5), descr, fortran=True))
            self.check(descr, expected_columns, (3, 5), fortran=True, tolerance=tolerance)

    def test_scale_shift_eps_and_statistic(self):
        flat = [v for row in self.ROWS for v in row]
        scale, shift = [1.0, 2.0, -1.0, 0.5, 3.0], [0.0, 1.0, 2.0, 3.0, -4.0]
        for name, values in (("scale", scale), ("shift", shift)):
            (self.folder / f"{name}.npy").write_bytes(npy(values, (5,)))
        both = ("--params", "c", "--scale", str(self.folder / "scale.npy"), "--shift", str(self.folder / "shift.npy"))
        self.run_on(npy(flat, (3, 5)), *both, "--eps", "0.5")
        self.check("<f4", [v for row in normalized(self.ROWS, 0.5, scale, shift) for v in row], (3, 5))
        self.run_on(npy(flat, (3, 5)), *both, "--statistic", "rms")
        self.check("<f4", [v for row in normalized(self.ROWS, 1e-5, scale, shift, rms=True) for v in row], (3, 5))
        self.refused("run", str(self.x), "--pattern", "b c -> b", "--scale", str(self.folder / "scale.npy"), "-o",
                     str(self.y))

    def test_lengths_and_ranks(self):
        self.x.write_bytes(npy([1.0, 3.0, 10.0, 30.0], (4,), "<f8"))
        self.accepted("run", str(self.x), "--pattern", "(g n) -> g", "--set", "g=2", "--eps", "0", "-o", str(self.y))
        self.check("<f8", [-1, 1, -1, 1], (4,), tolerance=1e-12)
        self.x.write_bytes(npy([5.0], (), "<f8"))
        self.accepted("run", str(self.x), "--pattern", "... ->", "-o", str(self.y))
        self.check("<f8", [0], ())
        self.x.write_bytes(npy([], (0, 5)))
        self.accepted("run", str(self.x), "--pattern", "b c -> b", "-o", str(self.y))
        self.check("<f4", [], (0, 5))

    def test_refused(self):
        good = npy([1.0, 2.0], (1, 2))
        for data, word in ((npy([], (0,), "<V2"), "NumPy has no bfloat16"), (npy([], (0,), "bfloat16"), "bfloat16"),
                           (npy([], (0,), ">f4"), ">f4"), (npy([], (0,), "<i8"), "<i8"), (good[:-1], "7 bytes"),
                           (good + b"x", "9 bytes"), (good[:20], "cut off"), (b"", "no .npy file"),
                           (b"PK\3\4" * 9, "no .npy file"), (npy([], (2**62, 2**62)), "overflows"),
                           (npy([], (1,) * 17), "at most 16"), (npy([], (-1,)), "shape"),
                           (good.replace(b"shape", b"shade"), "no shape"), (good.replace(b"(1, 2)", b"(1, 2 "), "shape"),
                           (npy([1.0], (1,)), "rank mismatch")):
            with self.subTest(word):
                self.x.write_bytes(data)
                message = self.refused("run", str(self.x), "--pattern", "b c -> b", "-o", str(self.y))
                self.assertTrue(message.startswith("axnorm: "), message)
                self.assertIn(word, message)
                self.assertFalse(self.y.exists())
        self.x.write_bytes(good)
        nowhere = str(self.folder / "no" / "y.npy")
        self.assertIn("cannot be written", self.refused("run", str(self.x), "--pattern", "b c -> b", "-o", nowhere))
        self.assertIn("cannot be read", self.refused("run", nowhere, "--pattern", "b c -> b", "-o", str(self.y)))
        self.assertIn("eps", self.refused("run", str(self.x), "--pattern", "b c -> b", "--eps=-1", "-o", str(self.y)))

    def test_wrong_usage(self):
        for arguments in ((), ("x.npy",), ("x.npy", "--pattern", "b c -> b"), ("x.npy", "-o", "y.npy"),
                          ("x.npy", "--pattern", "b c -> b", "-o", "y.npy", "--statistic", "given")):
            self.refused("run", *arguments, code=2)


class Bench(Command):
    def test_times(self):
        for more in ((), ("--threads", "3"), ("--strides", "256,2:200,1"), ("--dtype", "bfloat16"), ("--no-params",),
                     ("--statistic", "given"), ("--with-statistics",), ("--canonical", "--statistic", "rms")):
            with self.subTest(more):
                arguments = ("bench", "b c -> b", "--params", "c", "--shape", "64,100", "--rounds", "5", *more)
                told = json.loads(self.accepted(*arguments, "--json"))
                call, copy = told["times"]
                self.assertEqual((call["timed"], copy["timed"], told["rounds"]), ("call", "copy", "5"))
                for row in told["times"]:
                    self.assertLessEqual(0, row["lower_quartile"])
                    self.assertLessEqual(row["lower_quartile"], row["median_us"])
                    self.assertLessEqual(row["median_us"], row["upper_quartile"])
                size = 2 if "bfloat16" in more else 4
                self.assertTrue(told["bytes"].startswith(f"{2 * 64 * 100 * size},"))
        text = self.accepted("bench", "b c -> b", "--shape", "64,100", "--rounds", "1")
        self.assertEqual([row[0] for row in table(text, "timed")], ["call", "copy"])

    def test_refused(self):
        self.assertIn("no elements", self.refused("bench", "b c -> b", "--shape", "0,100"))
        self.assertIn("KERNEL", self.refused("bench", "b c -> b", "--shape", "1,1", "--dtype", "float16:float32"))
        for more in (("--threads", "0"), ("--rounds", "0"), ("--threads", "x")):
            self.refused("bench", "b c -> b", "--shape", "64,100", *more, code=2)
