#!/usr/bin/env python3
"""scripts/tune --runtime: with a stand-in for what measures; and that the runtime takes what is written."""

import json
import os
import subprocess
import unittest
from types import SimpleNamespace

from support import LAYER, PROGRAMS, TuneTest

from axnorm_tune import measuring, runtime, suite
from axnorm_tune.cases import Case
from axnorm_tune.errors import TuneError
from axnorm_tune.space import Space

CALLS = """--pattern "b c -> b" --shape 2,4
--pattern "b c -> b" --shape 4,8
{"pattern": "b c -> b", "shape": [16, 16]}
"""


class Runtime(TuneTest):
    """The stand-in's threshold `small` is usually 10, and `big` 1000: calls of 8, 32 and 256 elements."""

    def setUp(self):
        super().setUp()
        self.out = self.folder / "this.tuning"
        self.calls = self.folder / "calls"
        self.calls.write_text(CALLS)

    def runtime(self, *arguments, code=0):
        return self.tune("--runtime", "--cases", self.calls, "--build", self.library(), "--library", "norms", *arguments,
                         code=code)

    def library(self):
        folder = self.folder / "build" / "norms"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "norms.words").write_text("KERNEL\nb c -> b\nDTYPES\nfloat32\nSTATISTIC\nmean_var\n")
        return self.folder / "build"

    def lines(self):
        """Of the file, without comments."""
        return [line for line in self.out.read_text().splitlines() if line and not line.startswith("#")]

    def test_it_finds_what_is_faster_and_says_of_what(self):
        self.fake["ratio"] = {"small:1": 0.7, "small:100": 1.3, "small:1000": 1.1, "small:10000": 1.1}
        done = self.runtime()
        self.assertEqual(self.lines(), ["small = 100"])
        text = self.out.read_text()
        for part in ("# Thresholds of axnorm's runtime, found by scripts/tune --runtime --cases ", "# Usually 10. 1.",
                     " times as fast in the 1 of 3 cases that it changes:", ": b c -> b 4x8, float32\n"):
            self.assertIn(part, text)
        self.assertIn("1 of 3 thresholds are better", done.stdout)
        self.assertIn("AXNORM_TUNING=", done.stdout)
        self.assertIn("Tuned thresholds", self.out.with_suffix(".html").read_text())

    def test_a_case_that_runs_as_usual_is_not_measured_again(self):
        self.runtime("--threshold", "small")
        raced = [line.partition(" small")[0] for line in self.log.read_text().splitlines() if "small:" in line]
        # By 1, 100, 1000; by 10000 all runs as by 1000.
        self.assertEqual(sorted(raced), ["b c -> b [16, 16]", "b c -> b [2, 4]", "b c -> b [4, 8]", "b c -> b [4, 8]"])

    def test_the_next_to_the_usual_value_is_kept_of_those_that_do_the_same(self):
        self.fake["ratio"] = {"small:1000": 1.3, "small:10000": 1.3}
        self.runtime()
        self.assertEqual(self.lines(), ["small = 1000"])

    def test_no_case_may_lose(self):
        self.fake["ratio"] = {"small:100": 0.9, "small:1": 0.97}
        done = self.runtime()
        self.assertFalse(self.out.exists())
        self.assertIn("no value was faster than the usual one", done.stdout)
        self.assertIn("No file was written", done.stdout)

    def test_all_that_are_kept_are_measured_together(self):
        self.fake["ratio"] = {"small:100": 1.3, "big:100": 1.2}
        done = self.runtime()
        self.assertEqual(self.lines(), ["small = 100", "big = 100"])
        self.assertIn("# All of them: 1.2", self.out.read_text())
        self.assertIn("Together: 1.2", done.stdout)
        text, races = self.out.read_text(), self.raced()
        self.runtime()
        self.assertEqual((self.out.read_text(), self.raced()), (text, races))

    def test_where_they_are_no_gain_together_the_best_one_is_kept(self):
        self.fake |= {"ratio": {"small:1000": 1.3, "big:100": 1.2}, "planted": {"small:1000,big:100": "bits"}}
        done = self.runtime()
        self.assertEqual(self.lines(), ["small = 1000"])
        self.assertIn("Together: they fail; so the best one alone is written", done.stdout)

    def test_bits_that_change_are_a_fault(self):
        self.fake |= {"planted": {"small:100": "bits", "small:1": "crash"}, "ratio": {"small:1000": 1.2}}
        done = self.runtime("--answer-limit", "5", code=1)
        self.assertIn("A FAULT OF AXNORM: small = 100 changes bits: b c -> b 4x8", done.stdout)
        self.assertIn("scripts/tune --runtime --threshold small --pattern 'b c -> b' --shape 4,8", done.stdout)
        self.assertEqual(self.lines(), ["small = 1000"])

    def test_the_same_command_again_has_nothing_to_do(self):
        self.fake["ratio"] = {"small:100": 1.3}
        self.runtime()
        text, races = self.out.read_text(), self.raced()
        self.runtime()
        self.assertEqual((self.out.read_text(), self.raced()), (text, races))

    def test_ctrl_c_and_kill_lose_one_trial(self):
        self.fake |= {"race_s": 0.1, "ratio": {"small:100": 1.3}}
        process = self.start("--runtime", "--cases", self.calls, "--build", self.library(), "--library", "norms")
        self.wait_for(process, lambda: len(self.raced()) >= 4)
        process.kill()
        process.wait()
        self.runtime()
        self.assertEqual(self.lines(), ["small = 100"])

    def test_a_file_of_somebody_else_stays(self):
        self.out.write_text("threaded_elements = 5\n")
        self.assertIn("was not written by scripts/tune --runtime", self.runtime(code=1).stderr)
        self.assertEqual(self.out.read_text(), "threaded_elements = 5\n")

    def test_dry_run(self):
        done = self.runtime("--dry-run")
        for text in ("small, usually 10: small, for tests", "tried: 1, 10, 100, 1000, 10000", "b c -> b 16x16"):
            self.assertIn(text, done.stdout)
        self.assertNotIn("untried", done.stdout)

    def test_what_is_wrong_is_told(self):
        wrong = {
            ("--threshold", "large"): "--threshold 'large': it is one of big, none, small",
            ("--knobs", "rows:2"): "--runtime takes no --knobs",
            ("--suite", "bench"): "--runtime takes no --suite",
            ("--pattern", "b c -> b", "--shape", "2,4"): "--pattern and --cases: one of them",
        }
        for arguments, message in wrong.items():
            with self.subTest(arguments):
                self.assertIn(message, self.runtime(*arguments, code=1).stderr)
        self.assertIn("--threshold: of --runtime", self.tune(*LAYER, "--threshold", "small", code=1).stderr)


class Suite(unittest.TestCase):
    def test_sizes_lie_between_the_values_that_are_tried(self):
        cases = suite.cases_of({"name": "streamed_share", "tried": [0.01, 0.1, 1]}, 10 << 20, 4)
        shares = sorted(2 * case.bytes / (10 << 20) for case in cases if case.pattern == "b c -> b")
        for share, (low, high) in zip(shares, ((0.01, 0.1), (0.1, 1), (1, 2)), strict=True):
            self.assertTrue(low < share < high, shares)
        self.assertEqual({case.threads for case in cases}, {1})

    def test_with_one_core_nothing_is_about_threads(self):
        threaded = {"name": "threaded_elements", "tried": [4096, 65536]}
        self.assertEqual(suite.cases_of(threaded, None, 1), [])
        self.assertEqual({case.threads for case in suite.cases_of(threaded, None, 3)}, {3})
        self.assertEqual(suite.cases_of({"name": "new", "tried": [1, 2]}, None, 3), [])


class Real(TuneTest):
    """What measures is the program, and what reads the file the runtime."""

    def test_thresholds_of_the_runtime(self):
        info = measuring.info([str(PROGRAMS / "tune" / "axnorm-measure")], self.folder / "log")
        for threshold in info["thresholds"]:
            with self.subTest(threshold["name"]):
                space = Space.of_threshold(threshold)
                for value in threshold["tried"]:
                    point = {threshold["name"]: value}
                    self.assertEqual(space.point(space.text(point)), point)
                # Those that are tried have cases.
                self.assertEqual(bool(threshold["tried"]), bool(suite.cases_of(threshold, 32 << 20, 2)))

    def test_what_is_written_is_loaded(self):
        path = self.folder / "this.tuning"
        race = {"ratio": 1.2, "low": 1.1, "high": 1.3, "incumbent_us": 2.0}
        results = [SimpleNamespace(tuned=True, cases=[Case("b c -> b", (2, 4))],
                                   study=SimpleNamespace(user_attrs={"threshold": {"usual": usual}}),
                                   verdict={"knobs": knobs, "ratio": 1.2, "low": 1.1, "high": 1.3, "races": [race]})
                   for usual, knobs in ((65536, "threaded_elements:16384"), (0.75, "streamed_share:0.00293"))]
        measure = PROGRAMS / "tune" / "axnorm-measure"
        asked, programs = SimpleNamespace(work=self.folder), SimpleNamespace(measure=[str(measure)])
        self.assertTrue(runtime.write(path, results, None, ["scripts/tune", "a machine"], programs, asked))
        self.assertIn("threaded_elements = 16384", path.read_text())
        self.loads(measure, path)
        results[0].verdict["knobs"] = "threaded_elements:0"
        with self.assertRaisesRegex(TuneError, "the runtime does not take what was to be written: .*:6: threaded_elem"):
            runtime.write(path, results, None, ["scripts/tune", "a machine"], programs, asked)
        self.loads(measure, path)  # as it was

    def loads(self, measure, path):
        """By AXNORM_TUNING, which programs read before their first call; and where a line is wrong they say so."""
        def run(command, file):
            return subprocess.run(command, env={**os.environ, "AXNORM_TUNING": str(file)}, capture_output=True, text=True,
                                  input="")

        self.assertEqual(run([measure], path).returncode, 0)
        program = PROGRAMS / "runtime" / "cli" / "axnorm"
        if program.exists():  # it has the default library
            listed = run([program, "list", "--thresholds"], path)
            self.assertRegex(listed.stdout, r"threaded_elements +16384 +65536")
        wrong = self.folder / "wrong.tuning"
        wrong.write_text(path.read_text() + "threads = 2\n")
        refused = run([measure], wrong)
        self.assertEqual(refused.returncode, 1)
        self.assertIn(f"{wrong}:{len(wrong.read_text().splitlines())}: there is no threshold 'threads'", refused.stderr)

    def test_a_study(self):
        self.out = self.folder / "this.tuning"
        calls = self.folder / "calls"
        calls.write_text(json.dumps({"pattern": "b c -> b", "params": "c", "shape": [64, 256]}) + "\n" +
                         json.dumps({"pattern": "b c -> b", "params": "c", "shape": [2048, 256], "threads": 2}))
        build = self.folder / "build" / "norms"
        build.mkdir(parents=True)
        (build / "norms.words").write_text("KERNEL\nb c -> b\nPARAMS\nc\n")
        done = self.tune("--runtime", "--cases", calls, "--build", build.parent, "--library", "norms", "--threshold",
                         "streamed_share", "--threshold", "threaded_elements", fakes=False)
        self.assertIn("of 2 thresholds are better", done.stdout)
        self.assertNotIn("FAULT", done.stdout)


if __name__ == "__main__":
    unittest.main()
