#!/usr/bin/env python3
"""From the calls that a program makes to a study of the kernels of its library.

    recorded_test.py PROGRAM [unittest's options]    where PROGRAM makes calls: recorded_calls.cpp
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

from support import PROGRAMS, TuneTest

PROGRAM = pathlib.Path(sys.argv.pop(1)) if len(sys.argv) > 1 else PROGRAMS / "tests" / "tune" / "axnorm_recorded_calls"
LIBRARY = "knob_norms"


class Recorded(TuneTest):
    def setUp(self):
        super().setUp()
        self.calls = self.folder / "calls.json"
        self.run_program(self.calls)

    @staticmethod
    def run_program(file):
        done = subprocess.run([PROGRAM], env={**os.environ, "AXNORM_RECORD": str(file)}, capture_output=True, text=True,
                              check=True)
        return done.stdout

    def test_calls_that_run_are_recorded_once(self):
        rows = {"pattern": "b c -> b", "params": "c", "shape": [64, 256], "statistic": "mean_var", "dtype": "float32"}
        groups = {"pattern": "b h (g n) -> b g", "params": "(g n)", "shape": [2, 8, 64], "lengths": {"g": 2}}
        expected = [{**rows, "threads": 1}, {**rows, "threads": 2}, {**rows, **groups, "threads": 1},
                    {**rows, "shape": [4, 16], "strides": [20, 1], "threads": 1}]
        self.assertEqual([json.loads(line) for line in self.calls.read_text().splitlines()], expected)
        # Of another run they are appended.
        self.run_program(self.calls)
        self.assertEqual(len(self.calls.read_text().splitlines()), 8)

    def test_a_file_that_cannot_be_written_refuses_calls_that_would_run(self):
        refused = int(self.run_program(self.folder / "nothing" / "calls.json").split()[0])
        self.assertEqual(refused - int(self.run_program(self.calls).split()[0]), 6)

    def dry_run(self, *arguments, code=0):
        done = self.tune(*arguments, "--dry-run", fakes=False, code=code)
        return [line for line in done.stdout.splitlines() if line.startswith(("mean_var", "  "))], done.stderr

    def check_targets(self, lines):
        rows, first, second, groups, third = lines
        self.assertRegex(rows, r"^mean_var kR float32 \w+, x up to 256 KiB: family \w+, \d+ points")
        self.assertRegex(groups, r"^mean_var krKR\S* float32 \w+, x up to 256 KiB: family \w+, \d+ points")
        self.assertEqual([first, second, third], ["  b c -> b 64x256, float32", "  b c -> b 64x256, float32, 2 threads",
                                                  "  b h (g n) -> b g 2x8x64, float32"])

    def test_cases_of_calls(self):
        lines, left_out = self.dry_run("--cases", self.calls)
        self.check_targets(lines)
        self.assertIn("calls.json:4: pattern 'b c -> b', shape [4, 16], strides [20, 1]: padded tensors", left_out)

    def test_kernels_of_a_library(self):
        self.check_targets(self.dry_run("--library", LIBRARY, "--calls", self.calls)[0])
        # A project of its own, in another folder.
        words = next(PROGRAMS.rglob(f"{LIBRARY}/{LIBRARY}.words"))
        (self.folder / "project" / "mine").mkdir(parents=True)
        shutil.copy(words, self.folder / "project" / "mine" / "mine.words")
        mine = ["--library", "mine", "--calls", self.calls]
        self.check_targets(self.dry_run(*mine, "--build", self.folder / "project")[0])
        self.assertIn("has no library mine", self.dry_run(*mine, code=1)[1])
        # Nothing in it serves the calls.
        left_out = self.dry_run("--library", "cast_norms", "--calls", self.calls, code=1)[1]
        self.assertIn("the library has no kernel of mean_var of float32", left_out)
        self.assertIn("there is nothing to tune", left_out)

    def test_a_study_of_each_kernel(self):
        self.fake["ratio"] = {"elements:512": 1.3, "elements:1024": 1.3}
        done = self.tune("--library", LIBRARY, "--calls", self.calls, "--trials", "4")
        self.assertIn("1 of 1 are faster", done.stdout)  # the stand-in has one kernel for all calls
        row, = self.rows()
        self.assertEqual((row["signature"], len(row["evidence"]["cases"])), ("kR", 3))
        self.assertIn(f"--library {LIBRARY} --calls", row["evidence"]["command"])


if __name__ == "__main__":
    unittest.main()
