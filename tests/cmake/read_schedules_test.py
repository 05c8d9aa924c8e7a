#!/usr/bin/env python3
"""Records of schedules: what of them is read, and what is refused, by file and line.

    tests/cmake/read_schedules_test.py READER [unittest's options]
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

READER = sys.argv.pop(1)
ROW = {"statistic": "mean_var", "signature": "kR", "dtypes": "float32", "isa": "avx2", "size_class": {"most_bytes": 4096},
       "knobs": "rows:4", "knob_ids": {"rows": "b4278bd6"}, "ratio": 1.1, "low": 1.08, "high": 1.12, "evidence": {"date": "today"}}


def record(*rows, **more):
    return json.dumps({"format": 1, "processor": {}, "rows": rows} | more, indent=2)


class ReadSchedules(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name) / "this.json"

    def read(self, text):
        if text is not None:
            self.file.write_text(text)
        return subprocess.run([sys.executable, READER, self.file], capture_output=True, text=True, check=False)

    def refused(self, text, line, what):
        result = self.read(text)
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn(f"{self.file}:{line}: {what}" if line else f"{self.file}: {what}", result.stderr)
        self.assertNotIn("Traceback", result.stderr)

    def test_rows(self):
        result = self.read(record(ROW, ROW | {"size_class": {"least_bytes": 4097, "most_bytes": None}, "device": "cuda",
                                              "contiguous_params": False}))
        self.assertEqual(result.stdout.splitlines(), [
            f"{self.file}:5\t\tmean_var\tkR\ttrue\ttrue\tfloat32\tcpu\tavx2\t0\t4096\trows:4\trows:b4278bd6",
            f"{self.file}:{5 + len(json.dumps(ROW, indent=2).splitlines())}\t\tmean_var\tkR\ttrue\tfalse\tfloat32\tcuda\tavx2\t4097\t"
            "9223372036854775807\trows:4\trows:b4278bd6"])

    def test_the_processor(self):
        def read(**processor):
            return self.read(record(ROW, processor={"name": "a name", **processor}))

        self.assertIn(":10\tGenuineIntel-6-143\tmean_var", read(vendor="GenuineIntel", family=6, model=143).stdout)
        self.assertIn("\t\tmean_var", read().stdout)
        for wrong in ({"vendor": "GenuineIntel", "family": 6}, {"vendor": "a b", "family": 6, "model": 1},
                      {"vendor": "GenuineIntel", "family": "six", "model": 1}):
            self.assertIn(":1: processor has vendor", read(**wrong).stderr)

    def test_no_rows(self):
        self.assertEqual(self.read(record()).stdout, "")

    def test_what_is_no_record(self):
        self.refused('{\n"format": 1,\n,', 3, "this is no JSON")
        self.refused("[]", 1, "this is no record of schedules")
        self.refused('{"rows": []}', 1, "this is no record of schedules")
        self.refused(record(format=2), 1, "the record's format is 2, this axnorm reads 1")
        self.refused("", 1, "this is no JSON")

    def test_what_cannot_be_read(self):
        self.refused(None, None, "it cannot be read")
        self.file.write_bytes(b"\xff\xff")
        self.refused(None, None, "it cannot be read")

    def test_wrong_rows(self):
        for change, what in (({"knobs": 3}, "'knobs' is 3, it has to be of JSON's type string"),
                             ({"speed": 3}, "a row has no field 'speed'; there are statistic,"),
                             ({"size_class": {"bytes": 3}}, "size_class has bytes; there are least_bytes and most_bytes"),
                             ({"size_class": {"least_bytes": 5, "most_bytes": 4}}, "size_class from 5 to 4"),
                             ({"size_class": {"most_bytes": "4"}}, "size_class from 0 to 4: two whole numbers"),
                             ({"size_class": {"most_bytes": 0}}, "size_class to 0"),
                             ({"isa": "a\tb"}, "'isa' holds a control character")):
            self.refused(record(ROW, ROW | change), 5 + len(json.dumps(ROW, indent=2).splitlines()), what)
        self.refused(record({name: value for name, value in ROW.items() if name != "isa"}), 5, "'isa' is missing")
        self.refused(record("kR"), 5, "a row is an object")


if __name__ == "__main__":
    unittest.main()
