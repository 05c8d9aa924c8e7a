#!/usr/bin/env python3
"""scripts/tune --baselines: the table, with stand-ins for what compiles and measures; and an autoscheduler of Halide.

The latter where AXNORM_TEST_WHEELS has Halide's wheel, or build/tune/autoschedulers what scripts/tune took out of it.
"""

import os
import pathlib
import re
import unittest

from support import LAYER, ROOT, TuneTest

from axnorm_tune.baselines import AUTOSCHEDULERS, reason_of

WHEELS = pathlib.Path(os.environ.get("AXNORM_TEST_WHEELS", "/nowhere"))
PLUGINS = [WHEELS / "halide" / "lib64", ROOT / "build" / "tune" / "autoschedulers" / "lib64"]


class Table(TuneTest):
    def setUp(self):
        super().setUp()
        self.plugins = self.folder / "plugins"
        self.plugins.mkdir()
        for name in AUTOSCHEDULERS:
            (self.plugins / f"libautoschedule_{name.lower()}.so").touch()

    def baselines(self, *arguments, code=0):
        return self.tune(*LAYER, "--baselines", "--autoschedulers", self.plugins, *arguments, code=code)

    def cells(self, done):
        line = next(line for line in done.stdout.splitlines() if line.startswith("│ b c -> b"))
        return [cell.strip() for cell in line.strip("│").split("│")]

    def test_ratios_with_their_intervals(self):
        self.fake["ratio"] = {"Mullapudi2016": 0.5, "Li2018": 0.1}
        self.fake["planted"] = {"Li2018": "bits"}
        done = self.baselines()
        case, default, tuned, mullapudi, adams, li = self.cells(done)
        self.assertEqual((case, default, tuned), ("b c -> b 64x256, float32", "10.00", "no record"))
        self.assertRegex(mullapudi, r"^0\.(499|500|501) \(0\.4\d+ to 0\.5\d+\)$")
        self.assertRegex(adams, r"^(0\.99|1\.00)\d \(\S+ to \S+\)$")
        self.assertRegex(li, r"^0\.100 \(\S+ to \S+\), other bits$")
        self.assertRegex(done.stdout, r"Mullapudi2016 has 1 of 1 cases: 0\.\d+ times as fast as the default")
        self.assertIn("checked against the reference alone", done.stdout)
        self.assertFalse(self.out.exists())
        self.assertFalse(list(self.work.glob("lab-*")))

    def test_the_row_of_the_record_is_measured_too(self):
        self.fake["ratio"] = {"rows:2": 1.5}
        self.tune(*LAYER, "--trials", "12")
        self.assertRegex(self.cells(self.baselines())[2], r"^1\.(49|50)\d \(")

    def test_why_there_is_none_is_told(self):
        self.fake["compile"] = {"Mullapudi2016": "Error: it cannot factor the reductions"}
        self.fake["planted"] = {"Adams2019": "wrong", "Li2018": "crash"}
        done = self.baselines()
        self.assertEqual(self.cells(done)[3:], ["does not compile", "wrong", "crashes"])
        title = re.escape("(b c -> b 64x256, float32)")
        for line in ("does not compile: Error: it cannot factor the reductions", r"wrong: the largest error is 1\.0",
                     "crashes: axnorm-measure ended by signal 11"):
            self.assertRegex(done.stdout, f"(?m)^    {line} {title}$")
        self.assertIn("Adams2019 has 0 of 1 cases\n", done.stdout)

    def test_what_hangs_loses_one_cell(self):
        self.fake |= {"compile": {"Mullapudi2016": "hangs"}, "planted": {"Adams2019": "hang"}}
        cells = self.cells(self.baselines("--compile-limit", "5", "--answer-limit", "0.5"))
        self.assertEqual(cells[3:5], ["compiles too long", "takes too long"])
        self.assertRegex(cells[5], r"^(0\.99|1\.00)")

    def test_a_default_that_fails_ends_it(self):
        self.fake["compile"] = {"": "fails"}
        self.assertIn("the default kernel does not compile", self.baselines(code=1).stderr)

    def test_plugins_that_are_not_there(self):
        (self.plugins / "libautoschedule_li2018.so").unlink()
        self.assertIn("has no plugin of Li2018", self.baselines(code=1).stderr)

    def test_some_of_them(self):
        done = self.tune(*LAYER, "--baselines", "Li2018", "--autoschedulers", self.plugins)
        self.assertEqual(len(self.cells(done)), 4)
        self.assertIn("there is no autoscheduler 'Li'; there are Mullapudi2016, ",
                      self.tune(*LAYER, "--baselines", "Li", code=1).stderr)


class Reasons(unittest.TestCase):
    def test_halides_words_alone(self):
        begin = "axnorm-generator: exit code 255: Unhandled exception: "
        self.assertEqual(reason_of(begin + "Error: 64 63"), "Error: 64 63")
        self.assertEqual(reason_of(begin + "Error:"), "an error of Halide that has no text")
        self.assertEqual(reason_of("axnorm-generator took more than 180 s"), "axnorm-generator took more than 180 s")


class Halides(TuneTest):
    def test_one_from_end_to_end(self):
        plugins = next((folder for folder in PLUGINS if (folder / "libautoschedule_li2018.so").exists()), None)
        if plugins is None:
            self.skipTest("Halide's autoschedulers are not here: scripts/tune --baselines downloads them")
        done = self.tune("--pattern", "b c -> b", "--shape", "16,64", "--statistic", "rms", "--baselines", "Li2018",
                         "--autoschedulers", plugins, fakes=False)
        self.assertRegex(done.stdout, r"Li2018 has 1 of 1 cases: 0\.\d+ times as fast as the default")


if __name__ == "__main__":
    unittest.main()
