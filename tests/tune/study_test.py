#!/usr/bin/env python3
"""scripts/tune as a program, with stand-ins for what compiles candidates and for what measures them."""

import signal
import time
import unittest

from support import GROUP, LAYER, TuneTest, children_of, kill


class Search(TuneTest):
    def test_it_finds_what_is_faster_and_says_no_more_than_it_takes(self):
        self.fake["ratio"] = {"rows:2": 1.3, "lanes:2": 0.5}
        done = self.tune(*LAYER, "--trials", "30")
        row, = self.rows()
        self.assertEqual((row["signature"], row["dtypes"], row["size_class"], row["knobs"]),
                         ("kr", "float32", {"least_bytes": 0, "most_bytes": 262144}, "rows:2"))
        self.assertGreater(row["low"], 1.02)
        self.assertIn("scripts/tune --pattern 'b c -> b' --shape 64,256 --trials 30", row["evidence"]["command"])
        self.assertIn("1 of 1 are faster", done.stdout)
        results = self.results()
        self.assertEqual(len(results), 30)
        self.assertEqual(results[0]["knobs"], "")
        self.assertEqual(len({result["knobs"] for result in results}), 30)
        page = self.out.with_suffix(".html").read_text()
        for title in ("Before and after", "Convergence", "Importance of each knob", "Noise"):
            self.assertIn(title, page)
        self.assertNotIn("<script src", page)

    def test_without_a_winner_the_default_stays(self):
        done = self.tune(*LAYER, "--trials", "12")
        self.assertFalse(self.out.exists())
        self.assertIn("no candidate was faster than the default", done.stdout)

    def test_a_small_space_is_searched_to_its_end_and_same_objects_are_measured_once(self):
        self.fake |= {"ratio": {"elements:512": 1.2}, "without_effect": ["lanes", "fetched"]}
        self.tune(*GROUP, "--trials", "100", "--memory", "b h g n")
        results = self.results()
        self.assertEqual(len({result["knobs"] for result in results}), 24)
        self.assertEqual(len({result["object"] for result in results}), 3)
        self.assertEqual(len(self.raced()), 3 + 3)  # the winner three times more
        self.assertEqual(self.rows()[0]["knobs"], "elements:512")

    def test_a_case_may_not_lose_by_what_another_gains(self):
        file = self.folder / "shapes"
        file.write_text('--pattern "b c -> b" --shape 64,256\n{"pattern": "b c -> b", "shape": [32, 512]}\n')
        self.tune("--cases", file, "--trials", "5")
        self.assertEqual(len(self.study().user_attrs["cases"]), 2)
        self.assertEqual(len(self.results()[0]["races"]), 2)

    def test_what_fails_loses_one_trial(self):
        self.fake |= {"planted": {"elements:512,lanes:2": "wrong", "lanes:16": "bits",
                                  "elements:1024,fetched:0,lanes:2": "crash",
                                  "elements:1024,fetched:0,lanes:4": "hang"},
                      "compile": {"elements:512": "fails"}, "ratio": {"fetched:0": 1.2}}
        done = self.tune(*GROUP, "--trials", "24", "--memory", "b h g n", "--answer-limit", "1", code=1)
        kinds = [result.get("fault") for result in self.results()]
        self.assertEqual({kind: kinds.count(kind) for kind in set(kinds)},
                         {"wrong": 2, "bits": 6, "crash": 1, "hang": 1, "compile": 1, None: 13})
        self.assertEqual(self.rows()[0]["knobs"], "fetched:0")
        self.assertIn("A FAULT OF AXNORM", done.stdout)
        self.assertIn("changes bits: b h (g n) -> b g 2x8x64, float32: other bits than the default: y[0]", done.stdout)
        self.assertIn("scripts/tune --pattern 'b h (g n) -> b g' --params '(g n)' --shape 2,8,64 --set g=2 --memory"
                      " 'b h g n' --knobs lanes:16", done.stdout)

    def test_a_default_that_fails_ends_it(self):
        self.fake["compile"] = {"": "fails"}
        self.assertIn("the default kernel does not compile", self.tune(*LAYER, code=1).stderr)

    def test_a_compiler_that_hangs_loses_one_trial(self):
        self.fake |= {"compile": {"elements:512": "hangs"}, "without_effect": ["lanes", "fetched"]}
        self.tune(*GROUP, "--memory", "b h g n", "--trials", "24", "--compile-limit", "1")
        self.assertEqual([result["why"] for result in self.results() if result.get("fault")],
                         [f"{self.command('x')[0].rpartition('/')[2]} took more than 1 s"])

    def test_one_point_alone(self):
        self.fake |= {"planted": {"rows:1": "bits"}, "ratio": {"rows:2": 1.5}}
        self.assertIn("1.5", self.tune(*LAYER, "--knobs", "rows:2").stdout)
        self.assertIn("other bits", self.tune(*LAYER, "--knobs", "rows:1", code=1).stderr)
        self.assertIn("family fake, which has the knobs", self.tune(*LAYER, "--knobs", "row:1", code=1).stderr)

    def test_a_record_that_does_not_hold_any_more_is_taken_back(self):
        self.fake["ratio"] = {"rows:2": 1.3}
        self.tune(*LAYER, "--trials", "12")
        self.assertEqual(self.rows()[0]["knobs"], "rows:2")
        self.fake["ratio"] = {}
        self.tune(*LAYER, "--trials", "3", "--study", "anew")
        self.assertEqual(self.rows(), [])
        self.assertIn("rows:2", self.raced()[-1] + self.raced()[-2] + self.raced()[-3])


class OnCuda(TuneTest):
    def test_instructions_are_not_times_and_make_no_record(self):
        self.fake |= {"ratio": {"rows:2": 1.3}, "noise": 0, "unit": "instructions"}
        done = self.tune(*LAYER, "--device", "cuda", "--trials", "12")
        for text in ("mean_var kr-256 float32 cuda", "tuned instructions", "counted, not times",
                     "There are no records for GPUs"):
            self.assertIn(text, done.stdout)
        self.assertFalse(self.out.exists())
        self.assertEqual(self.study().user_attrs["verdict"]["knobs"], "rows:2")
        self.assertIn("1.300 times as fast as the default (1.300 to 1.300), 7.69 instructions",
                      self.tune(*LAYER, "--device", "cuda", "--knobs", "rows:2").stdout)

    def test_lines_of_a_file_are_for_the_device_that_is_asked_for(self):
        file = self.folder / "shapes"
        file.write_text('--pattern "b c -> b" --shape 64,256\n'
                        '{"pattern": "b c -> b", "shape": [32, 512], "device": "cuda"}\n')
        self.assertIn("b c -> b 32x512, float32, cuda: --device cuda tunes for it",
                      self.tune("--cases", file, "--dry-run").stderr)
        self.assertIn("b c -> b 32x512, float32, cuda", self.tune("--cases", file, "--device", "cuda", "--dry-run").stdout)


class Resumed(TuneTest):
    def setUp(self):
        super().setUp()
        self.fake |= {"race_s": 0.05, "ratio": {"rows:2": 1.2}}

    def test_after_kill_9_no_trial_is_lost_that_was_told(self):
        process = self.start(*LAYER, "--trials", "25")
        self.wait_for(process, lambda: len(self.raced()) >= 8)
        kill(process.pid)
        process.wait()
        with open(next(self.work.glob("*.journal")), "a") as journal:
            journal.write('{"op_code": 6, "half a li')  # a write that the kill cut in two
        before = self.results_after_kill()
        self.assertGreaterEqual(len(before), 7)
        self.tune(*LAYER, "--trials", "25")
        after = self.results()
        self.assertEqual(len(after), 25)
        self.assertEqual(after[:len(before)], before)
        # Its races: those of the trials, one that was lost, and those of the end.
        searched = [result["knobs"] for result in after if "same_object_as" not in result]
        self.assertLessEqual(len(self.raced()) - len(searched), 1 + 4 + 10 + 1)
        self.assertEqual(self.study().get_trials(states=(0,)), [])

    def results_after_kill(self):
        from axnorm_tune import storage
        storage.opened(str(next(self.work.glob("*.journal"))))  # mends it
        return self.results()

    def test_the_same_command_again_has_nothing_to_do(self):
        self.tune(*LAYER, "--trials", "6")
        races, results = self.raced(), self.results()
        self.tune(*LAYER, "--trials", "6")
        self.assertEqual((self.raced(), self.results()), (races, results))
        self.tune(*LAYER, "--trials", "8")
        self.assertEqual(len(self.results()), 8)

    def test_after_kill_9_of_what_measures_no_trial_is_lost(self):
        process = self.start(*LAYER, "--trials", "15")
        self.wait_for(process, lambda: len(self.raced()) >= 4)
        kill(children_of(process.pid, "fake_measure")[0])
        output = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, output)
        self.assertEqual([result.get("fault") for result in self.results()], 15 * [None])

    def test_ctrl_c_keeps_what_was_found(self):
        process = self.start(*LAYER, "--trials", "400")
        self.wait_for(process, lambda: any("rows:2" in knobs.split(",") for knobs in self.raced()))
        self.wait_for(process, lambda: len(self.raced()) > 10)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, stderr)
        self.assertIn("Stopped early; the same command again goes on", stdout)
        self.assertEqual(self.rows()[0]["knobs"], "rows:2")
        self.assertLess(len(self.results()), 400)

    def test_ctrl_c_twice_ends_it_at_once(self):
        self.fake["race_s"] = 9
        process = self.start(*LAYER, "--trials", "4", "--answer-limit", "20")
        self.wait_for(process, self.raced)
        for _ in range(2):
            process.send_signal(signal.SIGINT)
            time.sleep(0.2)
        begin = time.monotonic()
        _, stderr = process.communicate(timeout=60)
        self.assertLess(time.monotonic() - begin, 8)
        self.assertEqual(process.returncode, 130, stderr)
        self.assertIn("stopped; the same command again goes on", stderr)
        self.assertEqual(self.results(), [])
        self.fake["race_s"] = 0
        self.tune(*LAYER, "--trials", "4")
        self.assertEqual(len(self.results()), 4)

    def test_minutes_end_it(self):
        self.tune(*LAYER, "--trials", "1000", "--minutes", "0.03")
        self.assertLess(len(self.results()), 200)

    def test_what_there_is_is_shown(self):
        self.tune(*LAYER, "--trials", "5")
        self.assertIn("mean_var kr float32", self.tune("report").stdout)
        self.assertIn("plotly", (self.work / "report.html").read_text())
        self.assertIn("there is no study nothing", self.tune("report", "--study", "nothing", code=1).stderr)


class Told(TuneTest):
    def test_dry_run(self):
        done = self.tune(*LAYER, "--dry-run")
        for text in ("family fake", "4320 points", "100 trials by TPE", "registers, for tests", "1, 2, 4, 8"):
            self.assertIn(text, done.stdout)
        self.assertFalse(list(self.work.glob("*.journal")))

    def test_what_cannot_be_tuned_is_told(self):
        wrong = {
            ("--pattern", "b c -> k", "--shape", "4,8"): "unknown axis",
            ("--cases", "/nowhere"): "/nowhere: No such file",
            (*LAYER, "--cpu", "4000"): "--cpu 4000: it is one of",
            (*LAYER, "--device", "opencl"): "device 'opencl': it is one of cpu, cuda",
            (*LAYER, "--device", "cuda", "--cache", "cold"): "cache 'cold' is of the cpu alone",
            (*LAYER, "--device", "cuda", "--baselines"): "autoschedulers are compared on the cpu",
            (*LAYER, "--trials", "0"): "'0' is no number of at least 1",
            (*LAYER, "--library", "nothing"): "has no library nothing",
            (*LAYER, "--storage", "nothing://here"): "--storage nothing://here: ",
            ("--pattern", "b c -> b", "--shape", "4,13"): "there is nothing to tune",
            ("report",): "there is no study in",
            ("report", "--storage", "/nowhere/file"): "--storage /nowhere/file: there is no such file",
        }
        for arguments, message in wrong.items():
            with self.subTest(arguments):
                self.assertIn(message, self.tune(*arguments, code=1).stderr)


class Workers(TuneTest):
    def test_two_share_a_journal(self):
        self.fake |= {"race_s": 0.05}
        journal = self.folder / "shared.journal"
        first = self.start(*LAYER, "--trials", "30", "--storage", journal)
        self.wait_for(first, lambda: len(self.raced()) >= 2)
        second = self.start("worker", "--storage", journal)
        for process in (first, second):
            output = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 0, output)
        results = self.results(str(journal))
        self.assertEqual((len(results), len({result["knobs"] for result in results})), (30, 30))
        owners = {trial.user_attrs["owner"] for trial in self.study(str(journal)).trials}
        self.assertEqual(len(owners), 2)


if __name__ == "__main__":
    unittest.main()
