#!/usr/bin/env python3
"""The parts of scripts/tune by themselves: cases, spaces, decisions, the record, the process that measures."""

import argparse
import json
import os
import sys
import unittest
from types import SimpleNamespace
from unittest import mock

import support  # first: it says where axnorm_tune is

from axnorm_tune import cases, decide, machine, options, record, storage
from axnorm_tune.cases import Case
from axnorm_tune.errors import TuneError
from axnorm_tune.measuring import CaseBench, Crash, Hang, Limits, Measure, Refused
from axnorm_tune.programs import Kernel, without_schedules
from axnorm_tune.space import Space
from axnorm_tune.targets import SIZE_CLASSES, Target, measured_class, most_bytes_of, size_class, size_text


class Cases(unittest.TestCase):
    def test_a_line_is_options_or_json(self):
        text = """# a comment

        --pattern "b (g n) h w -> b g" --params "(g n)" --shape 8,128,64,64 --set g=32 --memory "b h w g n" --threads 2
        {"pattern": "b c -> b", "shape": [4, 8], "dtypes": ["bfloat16", "float32"], "cache": "cold", "name": "mine"}
        {"pattern": "b c -> b", "shape": [4, 8], "dtypes": "bfloat16:float32", "cache": "cold", "name": "mine"}
        """
        (first, second), left_out = cases.of_lines(text, "file")
        self.assertEqual(left_out, [])
        self.assertEqual(first, Case("b (g n) h w -> b g", (8, 128, 64, 64), "(g n)", (("g", 32),), "b h w g n",
                                     threads=2))
        self.assertEqual((second.dtypes, second.bytes, second.title), (("bfloat16", "float32"), 64,
                                                                      "mine, bfloat16:float32, cold"))

    def test_what_is_wrong_is_told_with_its_line(self):
        wrong = {
            '--pattern "b c -> b"': "--pattern 'b c -> b' needs --shape",
            "--shape 4": "--pattern is missing",
            '--pattern "b c -> b" --shape 4,x': "--shape 4,x: 'x' is no number of at least 1",
            '--pattern "b c -> b" --shape 4,0': "'0' is no number",
            '--pattern "b c -> b" --shape 4,8 --set g': "--set 'g' is not written name=length",
            '--pattern "b c -> b" --shape 4,8 --dtype float8': "dtype 'float8': it is one of float32",
            '--pattern "b c -> b" --shape 4,8 --statistic var': "statistic 'var'",
            '--pattern "b c -> b" --shape 4,8 --cache hot': "cache 'hot': it is one of warm, cold",
            '--pattern "b c -> b" --shape 4,8 --color red': "unrecognized arguments: --color red",
            '{"pattern": "b c -> b"}': "field 'shape' is missing",
            '{"pattern": "b c -> b", "shape": [4, 8], "colour": 1}': "there is no field 'colour'",
            '{"pattern": "b c -> b", "shape": [4, 8]': "Expecting",
        }
        for line, message in wrong.items():
            with self.subTest(line), self.assertRaises(TuneError) as raised:
                cases.of_lines("\n" + line, "shapes.txt")
            self.assertIn("shapes.txt:2: ", str(raised.exception))
            self.assertIn(message, str(raised.exception))
        with self.assertRaisesRegex(TuneError, "no case in it"):
            cases.of_lines("# nothing\n", "shapes.txt")

    def test_recorded_calls_that_nothing_is_tuned_for_are_left_out(self):
        text = """{"pattern": "b c -> b", "shape": [4, 8], "strides": [9, 1]}
        {"pattern": "b c -> b", "shape": [4, 8], "statistic": "given"}
        {"pattern": "b c -> b", "shape": [4, 8], "device": "opencl"}
        {"pattern": "b c -> b", "shape": [4, 0]}
        {"pattern": "b c -> b", "shape": [4, 8], "strides": [1, 4]}
        """
        found, left_out = cases.of_lines(text, "calls")
        self.assertEqual([case.memory for case in found], ["c b"])
        self.assertEqual([message.split(":")[1] for message in left_out], ["1", "2", "3", "4"])

    def test_strides_of_a_recorded_call(self):
        def memory(pattern, shape, strides):
            return cases.of_json({"pattern": pattern, "shape": shape, "strides": strides}).memory

        self.assertEqual(memory("b c h w -> c", [2, 3, 4, 5], [60, 20, 5, 1]), "")
        self.assertEqual(memory("b c h w -> c", [2, 3, 4, 5], [60, 1, 15, 3]), "b h w c")
        self.assertEqual(memory("b (g n) h -> b g", [2, 6, 4], [24, 1, 6]), "b h g n")
        self.assertEqual(memory("b ... c -> b", [2, 3, 4, 5], [60, 20, 5, 1]), "")

    def test_arguments_make_the_case_again(self):
        parser = argparse.ArgumentParser()
        cases.add_options(parser)
        for case in (Case("b c -> b", (4, 8)),
                     Case("b (g n) -> b g", (4, 8), "(g n)", (("g", 2),), "g n b", "rms", "bfloat16:float32", 2, "cold")):
            self.assertEqual(cases.of_options(parser.parse_args(case.arguments())), case)
            self.assertEqual(cases.of_json(case.as_json()), case)


class Options(unittest.TestCase):
    def test_what_is_asked_wrongly_is_told(self):
        rows = ("--pattern", "b c -> b", "--shape", "4,8")
        wrong = {
            (): "what is to be tuned? --pattern, --cases or --suite",
            ("--shape", "4,8"): "what is to be tuned?",
            (*rows, "--suite", "bench"): "--pattern and --suite: one of them",
            ("--cases", "a", "--calls", "b"): "--cases and --calls: one of them",
            ("--cases", "a", "--shape", "4,8"): "--shape goes with --pattern; --cases has cases of its own",
            ("--suite", "bench", "--set", "g=2"): "--set goes with --pattern; --suite has cases of its own",
            ("--suite", "all"): "--suite 'all': there is bench",
            ("--suite", "bench", "--device", "cuda"): "--suite bench is of the cpu",
            ("--runtime", "--device", "cuda"): "--runtime: thresholds are tuned for the cpu",
            ("--pattern", "b c -> b", "--shape", "4,8", "--device", "cuda", "--baselines"): "compared on the cpu",
            (*rows, "--trials", "0"): "'0' is no number of at least 1",
            (*rows, "--minutes", "0"): "--minutes is above 0",
            (*rows, "--minutes", "many"): "invalid float value: 'many'; --help lists what there is",
            (*rows, "--build", "nothing"): "--build 'nothing': it is for --library",
            (*rows, "--colour", "red"): "unrecognized arguments: --colour red; --help lists what there is",
            ("worker", "--trials", "3"): "unrecognized arguments: --trials 3",
        }
        for arguments, message in wrong.items():
            with self.subTest(arguments), self.assertRaises(TuneError) as raised:
                options.parse([*arguments, "--programs", "a", "--work", "b"])
            self.assertIn(message, str(raised.exception))

    def test_workers_share_no_sqlite(self):
        storage.check_for_workers("postgresql://host/tune")
        storage.check_for_workers("file.journal")
        with self.assertRaisesRegex(TuneError, "SQLite is no storage for several workers"):
            storage.check_for_workers("sqlite:///x")


class Spaces(unittest.TestCase):
    space = Space.of({"family": "f", "knobs": {
        "a": {"default": 2, "legal": [1, 2], "meaning": "", "id": "1234"},
        "b": {"default": 1, "legal": [1, 2, 4], "meaning": "", "id": "5678"}}})

    def test_points_and_texts(self):
        self.assertEqual(self.space.size, 6)
        self.assertEqual(self.space.text({"b": 4, "a": 1}), "a:1,b:4")
        self.assertEqual(self.space.text(self.space.defaults), "")
        self.assertEqual(self.space.point("b:4"), {"a": 2, "b": 4})
        for wrong in ("c:1", "b:3", "b", "b:x"):
            self.assertIsNone(self.space.point(wrong))

    def test_a_new_knob_voids_no_record(self):
        self.assertEqual(self.space.ids_of("b:4"), {"b": "5678"})
        self.assertEqual(self.space.ids_of("b:4,a:1"), {"a": "1234", "b": "5678"})
        self.assertEqual(self.space.ids_of(""), {})

    def test_size_classes(self):
        sizes = [most_bytes_of(Case("b c -> b", (length,))) for length in (1 << 16, (1 << 16) + 1, 1 << 22, 1 << 23)]
        self.assertEqual(sizes, [256 << 10, 4 << 20, 16 << 20, None])
        classes = [size_class(most) for most in SIZE_CLASSES]
        self.assertEqual([sizes["least_bytes"] for sizes in classes], [0, (256 << 10) + 1, (4 << 20) + 1, (16 << 20) + 1])
        # A row begins at half of what was measured, within its class.
        for most, length, least in ((16 << 20, 3 << 20, 6 << 20), (16 << 20, 3 << 19, (4 << 20) + 1), (256 << 10, 8192, 0)):
            self.assertEqual(measured_class(most, [Case("b c -> b", (length,)), Case("b c -> b", (4 << 20,))]),
                             {"least_bytes": least, "most_bytes": most})
        self.assertEqual([size_text(most) for most in (256 << 10, 16 << 20, None)],
                         ["up to 256 KiB", "up to 16 MiB", "larger"])


def race(ratio, low=None, high=None):
    return {"ratio": ratio, "low": low or ratio * 0.99, "high": high or ratio * 1.01, "incumbent_us": 2.0,
            "candidate_us": 2 / ratio, "noise": 0.01}


class Decisions(unittest.TestCase):
    def test_a_winner_is_above_and_loses_nowhere(self):
        def kept(*races):
            return decide.Ratio.of(races).is_kept

        self.assertTrue(kept(race(1.05, 1.021)))
        self.assertFalse(kept(race(1.05, 1.02)))
        self.assertTrue(kept(race(1.2), race(1.0, 0.985)))
        self.assertFalse(kept(race(1.2), race(1.0, 0.97)))

    def test_a_case_that_loses_counts_alone(self):
        self.assertAlmostEqual(decide.Ratio.of([race(1.21), race(1.0)]).objective, 1.1)
        self.assertAlmostEqual(decide.Ratio.of([race(1.5), race(0.9)]).objective, 0.9)

    def test_finalists_are_different_objects(self):
        def trial(value, knobs, made):
            return SimpleNamespace(value=value, user_attrs={"result": {"knobs": knobs, "object": made,
                                                                       "races": [race(value)]}})

        trials = [trial(1.1, "a:1", "x"), trial(1.3, "a:2", "y"), trial(1.2, "a:3", "y"), trial(1.5, "", "z"),
                  trial(1.001, "a:4", "w")]
        self.assertEqual([found.user_attrs["result"]["knobs"] for found in decide.finalists(trials, 4)], ["a:2", "a:1"])
        self.assertEqual(len(decide.finalists(trials, 1)), 1)
        trials[1].user_attrs["result"]["races"] = [race(1.3, 0.9)]  # nobody knows
        self.assertEqual([found.user_attrs["result"]["knobs"] for found in decide.finalists(trials, 4)], ["a:3", "a:1"])

    def test_races_end_early_where_they_cannot_win(self):
        self.assertEqual(decide.prune_above(1, 1.1), 1.1)
        self.assertEqual(decide.prune_above(1, 0.5), 1.0)
        self.assertEqual(decide.prune_above(3, 1.1), decide.NO_CASE_BELOW)


LINE = ("function=tuned_mean_var_kr_f32 generator=norm emit=object files=a.o,b.o target=x-avx512-z,x-avx2-z,x-z "
        "contiguous_params=true for_runtime=true in_parts=true signature=kr statistic=mean_var contiguous=true "
        "dtype=float32 y_dtype=float32")


def target(most_bytes=None):
    return Target(Kernel(LINE), "avx2", most_bytes, Spaces.space, [Case("b c -> b", (4, 8))])


class Records(support.TuneTest):
    processor = {"name": "Some CPU", "vendor": "v", "family": 1, "model": 2, "stepping": 3, "caches": {"L1d": 1}}

    def put(self, most_bytes, knobs):
        kept = record.Record(self.out, self.processor)
        verdict = {"knobs": knobs, "ratio": 1.1, "low": 1.05, "high": 1.2, "races": [race(1.1)]}
        kept.put(record.row_of(target(most_bytes), verdict, {"date": "today"}))
        kept.write()

    def test_rows_of_a_key_are_replaced_and_others_stay(self):
        self.put(None, "b:4")
        self.put(256 << 10, "a:1")
        self.put(None, "b:2")
        self.assertEqual([(row["size_class"]["most_bytes"], row["knobs"]) for row in self.rows()],
                         [(256 << 10, "a:1"), (None, "b:2")])
        row = self.rows()[0]
        self.assertEqual(list(row)[:9], ["statistic", "signature", "contiguous", "dtypes", "device", "isa", "size_class",
                                         "knobs", "knob_ids"])
        self.assertEqual((row["ratio"], row["low"], row["high"]), (1.1, 1.05, 1.2))
        self.assertEqual(row["knob_ids"], {"a": "1234"})
        self.assertEqual(row["evidence"]["cases"][0]["default_us"], 2)

    def test_what_is_not_known_here_stays(self):
        self.put(None, "b:4")
        text = json.loads(self.out.read_text())
        text["rows"].append({**text["rows"][0], "device": "cuda", "note": "by hand"})
        self.out.write_text(json.dumps(text))
        self.put(None, "b:2")
        self.assertEqual([row.get("note") for row in self.rows()], [None, "by hand"])
        before = self.out.read_text()
        self.put(None, "b:2")
        self.assertEqual(self.out.read_text(), before)

    def test_a_row_is_dropped(self):
        self.put(None, "b:4")
        kept = record.Record(self.out, self.processor)
        self.assertTrue(kept.drop(target().key()))
        self.assertFalse(kept.drop(target().key()))

    def test_what_is_no_record_of_this_processor_is_refused(self):
        self.put(None, "b:4")
        record.Record(self.out, {**self.processor, "stepping": 4})
        with self.assertRaisesRegex(TuneError, "record.json: of another processor, Some CPU"):
            record.Record(self.out, {**self.processor, "model": 9})
        for text in ("{", "[]", '{"format": 2, "rows": []}', '{"format": 1}'):
            self.out.write_text(text)
            with self.assertRaisesRegex(TuneError, "record.json: "):
                record.Record(self.out, self.processor)

    def test_names_of_files(self):
        self.assertEqual(machine.slug({"name": "Intel(R) Xeon(R) Processor", "family": 6, "model": 207}),
                         "intel-xeon-6-207")
        self.assertEqual(machine.slug({"name": "AMD EPYC 9R45 96-Core Processor", "family": 26, "model": 2}),
                         "amd-epyc-9r45-26-2")


class Kernels(unittest.TestCase):
    def test_a_library_is_tuned_from_its_defaults(self):
        words = ["CANONICAL", "SCHEDULES", "a.json", "b.json", "KERNEL", "b c -> b", "PARAMS", "c"]
        self.assertEqual(without_schedules(words), ["CANONICAL", "KERNEL", "b c -> b", "PARAMS", "c"])

    def test_a_candidate_is_for_one_instruction_set(self):
        words = Kernel(LINE).words("avx2", "b:4")
        self.assertIn(" target=x-avx2-z ", words)
        self.assertTrue(words.startswith("function=axnorm_tuned ") and words.endswith(" knobs=b:4"), words)
        self.assertNotIn("knobs", Kernel(LINE).words("baseline", ""))
        canonical = Kernel(LINE.replace("x-avx512-z,", ""))
        self.assertEqual(canonical.target("avx512"), "x-avx2-z")


class Measuring(support.TuneTest):
    def bench(self, planted):
        fake = json.dumps({"planted": {"a:1": planted}})
        library = self.folder / "kernel.so"
        library.touch()
        with mock.patch.dict(os.environ, {"AXNORM_FAKE": fake}):
            made = CaseBench([sys.executable, support.HERE / "fake_measure.py"], Case("b c -> b", (4, 8)), 0,
                             {"default": (library, LINE)}, self.folder / "log", Limits(check=1, race=1))
            self.addCleanup(made.close)
            with self.assertRaises((Crash, Hang)) as raised, made.loaded("candidate", library, LINE + " knobs=a:1"):
                made.check("candidate", like="default")
            # It is there again, with its case and its default.
            with made.loaded("candidate", library, LINE):
                self.assertTrue(made.check("candidate", like="default")["same_bits"])
                self.assertEqual(made.race("candidate", 0)["incumbent_us"], 10)
        return raised.exception

    def test_after_a_crash_it_is_there_again(self):
        self.assertIn("signal 11", str(self.bench("crash")))

    def test_what_hangs_is_killed(self):
        self.assertIn("no answer within 1 s", str(self.bench("hang")))

    def test_a_refusal_is_no_crash(self):
        process = Measure([sys.executable, str(support.HERE / "fake_measure.py")], self.folder / "log")
        self.addCleanup(process.close)
        with self.assertRaisesRegex(Refused, "no such library"):
            process.ask({"op": "load", "name": "a", "library": "/nowhere", "words": LINE}, 5)
        self.assertEqual(process.ask({"op": "info"}, 5)["cpu_isa"], "avx2")


if __name__ == "__main__":
    unittest.main()
