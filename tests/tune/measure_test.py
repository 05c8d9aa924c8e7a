#!/usr/bin/env python3
"""axnorm-measure: its protocol, on kernels that are right and on planted ones.

    measure_test.py MEASURE KERNELS GENERATOR COMPILER HALIDE_INCLUDE FOLDER [unittest's options]
"""
import json
import os
import pathlib
import select
import subprocess
import sys
import unittest

ROWS = dict(pattern="b c -> b", params="c")


def run(*command):
    return subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True).stdout


class Kernels:
    """Two kernels of one signature and one of another statistic, for any x86-64; and the planted ones, all in files of their own."""

    def __init__(self):
        FOLDER.mkdir(parents=True, exist_ok=True)
        listed = ["INSTRUCTION_SETS", "baseline", "KERNEL", "b c -> b", "PARAMS", "c", "STATISTIC", "mean_var", "rms", "KNOBS", "default",
                  "rows:2,batch_elements:1024"]
        (FOLDER / "small.words").write_text("\n".join(listed) + "\n")
        self.words, self.files = {}, {}
        for line in run(KERNELS, "small", FOLDER, "a test").splitlines():
            words = dict(word.split("=", 1) for word in line.split())
            if words["signature"] == "kR" and (words["statistic"] == "mean_var" or "knobs" not in words):
                name = "rms" if words["statistic"] == "rms" else "knobs" if "knobs" in words else "default"
                self.words[name] = line
                self.files[name] = self.compiled(name, words)
        self.files["planted"] = FOLDER / "planted.so"
        function = self.function("default")
        run(COMPILER, "-std=c++20", "-O1", "-fPIC", "-shared", f"-DKERNEL={function}", "-I", HALIDE, "-o", self.files["planted"],
            pathlib.Path(__file__).with_name("planted.cpp"), FOLDER / f"{function}.o")

    @staticmethod
    def compiled(name, words):
        function = words.pop("function")
        compiled = [f"{word}={value}" for word, value in words.items() if word not in ("generator", "emit", "files")]
        run(GENERATOR, "-g", words["generator"], "-f", function, "-e", words["emit"], "-o", FOLDER, *compiled)
        library = FOLDER / f"{name}.so"
        run(COMPILER, "-shared", "-o", library, FOLDER / f"{function}.o")
        return library

    def function(self, name):
        return self.words[name].split()[0].removeprefix("function=")

    def planted(self, name):
        return self.words["default"].replace(f"function={self.function('default')} ", f"function={name} ")


class Measure:
    """The process, as the tuner sees it."""

    def __init__(self, **environment):
        self.process = subprocess.Popen([MEASURE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, **environment})

    def ask_line(self, line, seconds=60):
        """The answer, or None where there is none in time, or ever."""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], seconds)
        answer = self.process.stdout.readline() if ready else ""
        return json.loads(answer) if answer else None

    def ask(self, op, **fields):
        return self.ask_line(json.dumps({"op": op, **fields}))

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class MeasureTest(unittest.TestCase):
    def setUp(self):
        self.start()

    def start(self, **environment):
        self.measure = Measure(**environment)
        self.addCleanup(self.measure.close)

    def good(self, op, **fields):
        answer = self.measure.ask(op, **fields)
        self.assertTrue(answer["ok"], answer)
        return answer

    def refused(self, kind, *texts, op, **fields):
        answer = self.measure.ask(op, **fields)
        self.assertFalse(answer["ok"], answer)
        self.assertEqual(answer["kind"], kind, answer)
        for text in texts:
            self.assertIn(text, answer["error"])

    def load(self, name, kernel=None):
        kernel = kernel or name
        if kernel in KERNEL.words:
            return self.good("load", name=name, library=str(KERNEL.files[kernel]), words=KERNEL.words[kernel])
        return self.good("load", name=name, library=str(KERNEL.files["planted"]), words=KERNEL.planted(kernel))

    # --- Cases

    def test_cases(self):
        case = self.good("case", **ROWS, shape=[64, 100])
        self.assertEqual((case["elements"], case["bytes"], case["signature"], case["groups"], case["checked_groups"]),
                         (6400, 4 * (2 * 6400 + 2 * 100), "kR", 64, 64))
        group = dict(pattern="b (g n) h w -> b g", params="(g n)", shape=[2, 12, 5, 5], lengths={"g": 3})
        self.assertEqual(self.good("case", **group)["signature"], "kKRr")
        self.assertEqual(self.good("case", **group, memory="b h w g n", dtype="bfloat16:float32")["signature"], "krKR")
        large = self.good("case", pattern="b c -> b", shape=[5000, 1000], statistic="rms", cache="cold", threads=1)
        self.assertLess(large["checked_groups"], large["groups"])
        self.assertGreater(large["checked_groups"], 1000)

    def test_wrong_cases_are_refused(self):
        self.refused("request", "unknown axis", "b c -> k\n         ^", op="case", pattern="b c -> k", shape=[4, 5])
        self.refused("request", "rank mismatch", "[4]", op="case", **ROWS, shape=[4])
        self.refused("request", "not divisible by 4", op="case", pattern="(g n) -> g", shape=[6], lengths={"g": 4})
        self.refused("request", "memory order", op="case", **ROWS, shape=[4, 5], memory="b b")
        self.refused("request", "no elements", op="case", **ROWS, shape=[4, 0])
        self.refused("request", "'dtype' is \"int8\"", op="case", **ROWS, shape=[4, 5], dtype="int8")
        self.refused("request", "'shape' is [4,-5]", op="case", **ROWS, shape=[4, -5])
        self.refused("request", "'shape' is missing", op="case", **ROWS)
        self.refused("request", "'size' is not known", "shape", op="case", **ROWS, shape=[4, 5], size=3)
        self.refused("machine", "core 4000", op="case", **ROWS, shape=[4, 5], cpu=4000)
        self.refused("machine", "memory", op="case", **ROWS, shape=[1 << 20, 1 << 30])

    def test_wrong_requests_are_refused(self):
        self.refused("request", "'run'", "case, load, thresholds, way, check", op="run")
        self.refused("request", "no case yet", op="load", name="a", library="a.so", words=KERNEL.words["default"])
        for line in ("nonsense", "[]", "{}", '{"op": 3}'):
            answer = self.measure.ask_line(line)
            self.assertEqual((answer["ok"], answer["kind"]), (False, "request"))
        self.good("info")

    def test_the_machine(self):
        info = self.good("info")
        self.assertEqual(info["protocol"], 1)
        self.assertIn(info["cpu_isa"], ("baseline", "avx2", "avx512"))
        self.assertGreaterEqual(info["cores"], 1)

    def test_it_ends_with_its_input(self):
        self.measure.process.stdin.close()
        self.assertEqual(self.measure.process.wait(10), 0)

    # --- Loads

    def test_loads(self):
        self.good("case", **ROWS, shape=[64, 100])
        self.assertEqual(self.load("default"), {"ok": True, "serves": True, "why": "", "extents": [100, 64]})
        self.assertEqual(self.load("again", "default")["serves"], True)
        self.assertEqual(self.load("rms"), {"ok": True, "serves": False, "why": "another statistic"})
        self.refused("kernel", "another statistic", op="check", name="rms")
        self.good("case", pattern="b c -> c", params="c", shape=[64, 100])  # those that are loaded stay
        self.refused("kernel", "does not serve", op="race", candidate="again", incumbent="default")
        self.refused("request", "loaded already", op="load", name="rms", library="a.so", words=KERNEL.words["rms"])
        self.good("unload", name="rms")
        self.refused("request", "no kernel 'rms'", op="check", name="rms")
        self.refused("request", "no kernel 'rms'", op="unload", name="rms")

    def test_kernels_of_other_processors_do_not_serve(self):
        self.start(AXNORM_MAX_CPU_ISA="avx2")
        self.good("case", **ROWS, shape=[64, 100])
        words = KERNEL.words["default"].replace("target=x86-64-linux-", "target=x86-64-linux-avx2-avx512-")
        self.assertEqual(self.good("load", name="a", library=str(KERNEL.files["default"]), words=words)["serves"], False)

    def test_wrong_loads_are_refused(self):
        self.good("case", **ROWS, shape=[64, 100])
        words, library = KERNEL.words["default"], str(KERNEL.files["default"])

        def refused(kind, *texts, library=library, words=words):
            self.refused(kind, *texts, op="load", name="a", library=library, words=words)

        refused("load", "missing.so", library=str(FOLDER / "missing.so"))
        refused("load", "planted.cpp", library=str(pathlib.Path(__file__).with_name("planted.cpp")))
        refused("load", "another_argv", words=KERNEL.planted("another"))
        # Words that lie.
        refused("load", "argument", "another version", words=words.replace("statistic=mean_var", "statistic=rms"))
        refused("load", "argument", words=words.replace("signature=kR", "signature=kRk"))
        refused("request", "'signature=kq'", words=words.replace("signature=kR", "signature=kq"))
        refused("request", "'dtype=int8'", words=words.replace(" dtype=float32", " dtype=int8"))
        refused("request", "'statistic' is missing", words=words.replace("statistic=mean_var", ""))
        refused("request", "generator=other_norm", words=words.replace("generator=norm", "generator=other_norm"))
        refused("request", "target=x86-64-linux", words=words.replace("generator=norm", "generator=device_norm"))
        refused("request", "'nonsense'", words=words + " nonsense")

    # --- Checks

    def test_right_kernels(self):
        self.good("case", **ROWS, shape=[300, 1000], seed=3)
        for name in ("default", "knobs", "faithful"):
            self.load(name)
            checked = self.good("check", name=name, like="default")
            self.assertEqual((checked["right"], checked["same_bits"], checked["wrong"], checked["first_difference"]),
                             (True, True, "", ""))
            self.assertLess(0, checked["largest_error"])
            self.assertLess(checked["largest_error"], checked["tolerance"])
        self.assertNotIn("same_bits", self.good("check", name="knobs"))

    def test_wrong_kernels(self):
        self.good("case", **ROWS, shape=[30, 100])
        self.load("default")
        for name, wrong in dict(wrong="y[0, 0] is ", wrong_mean="mean[0] is ", wrong_rstd="rstd[0] is ",
                                other_eps="y[0, 0] is ", incomplete="y[0, 0] is not written",
                                outside="memory around y", wrong_stream="stores past the caches").items():
            self.load(name)
            checked = self.good("check", name=name, like="default")
            self.assertFalse(checked["right"], name)
            self.assertIn(wrong, checked["wrong"])
            self.assertEqual(checked["same_bits"], name in ("outside", "wrong_stream"), name)
        self.assertIsNone(self.good("check", name="incomplete")["largest_error"])
        self.load("failing")
        self.refused("kernel", "error -1", op="check", name="failing")

    def test_other_bits(self):
        self.good("case", **ROWS, shape=[30, 100])
        self.load("default")
        for name, element in dict(other_bits=r"y\[0, 0\]", other_bits_of_rstd=r"rstd\[0\]").items():
            self.load(name)
            checked = self.good("check", name=name, like="default")
            self.assertEqual((checked["right"], checked["same_bits"]), (True, False))
            self.assertRegex(checked["first_difference"], f"^{element}: 0x[0-9a-f]{{8}} against 0x[0-9a-f]{{8}}$")

    def test_a_crash_is_seen(self):
        self.good("case", **ROWS, shape=[30, 100])
        self.load("crash")
        self.assertIsNone(self.measure.ask("check", name="crash"))
        self.assertNotEqual(self.measure.process.wait(10), 0)

    def test_a_hang_is_seen(self):
        self.good("case", **ROWS, shape=[30, 100])
        self.load("hang")
        self.assertIsNone(self.measure.ask_line('{"op": "check", "name": "hang"}', seconds=0.5))
        self.assertIsNone(self.measure.process.poll())

    # --- Thresholds

    def thresholds(self, name, text):
        self.good("thresholds", name=name, text=text)

    def test_wrong_thresholds_are_refused_by_their_line(self):
        for text, wrong in {"# none\nstreamed_share": "'t':2: 'streamed_share' is not `name = value`",
                            "streamed_share = x": "'t':1: streamed_share is 'x'",
                            "threads = 2": "'t':1: there is no threshold 'threads'; there are threaded_elements,"}.items():
            self.refused("request", wrong, op="thresholds", name="t", text=text)
        self.refused("request", "without a name", op="thresholds", name="", text="")
        self.good("case", **ROWS, shape=[64, 100])
        self.load("default")
        self.refused("request", "no thresholds 't'", op="way", name="default", thresholds="t")
        self.refused("request", "no thresholds 't'", op="check", name="default", like="default", like_thresholds="t")
        self.refused("request", "no thresholds 't'", op="race", candidate="default", incumbent="default",
                     candidate_thresholds="t")

    def test_what_a_search_tries_is_told(self):
        listed = {row["name"]: row for row in self.good("info")["thresholds"]}
        shares = listed["streamed_share"]
        self.assertIn(shares["usual"], shares["tried"])
        self.assertEqual(shares["tried"], sorted(set(shares["tried"])))
        self.assertLess(shares["tried"][0], 0.005)  # of what a cloud calls the last-level cache, a core may have little
        self.assertEqual(listed["row_groups"]["tried"], [128, 256, 512, 1024])
        self.assertEqual(listed["most_split_groups"]["tried"], [])  # of devices
        for name, row in listed.items():
            for value in row["tried"]:
                self.thresholds("tried", f"{name} = {json.dumps(value)}")

    def test_how_a_call_runs(self):
        self.good("case", **ROWS, shape=[512, 256], threads=2)
        self.load("default")
        self.thresholds("usual", "")
        usual = self.good("way", name="default", thresholds="usual")
        self.assertEqual(usual, self.good("way", name="default"))
        self.assertEqual((usual["kernel"], usual["threads"], usual["stream"], usual["divided"]),
                         ("default", 2, False, "by groups"))
        self.thresholds("other", "threaded_elements = 1000000\nstreamed_share = 0")
        other = self.good("way", name="default", thresholds="other")
        self.assertEqual((other["threads"], other["stream"], other["divided"], other["tasks"]), (1, True, "not at all", []))
        self.thresholds("other", "tasks_of_thread = 1")  # in the place of the others
        self.assertEqual(self.good("way", name="default", thresholds="other")["tasks"], [2])
        self.assertGreater(len(usual["tasks"]) and usual["tasks"][0], 2)
        self.assertEqual(usual, self.good("way", name="default"))

    def test_a_kernel_under_two_thresholds(self):
        self.good("case", **ROWS, shape=[512, 1024], threads=2)
        self.load("default")
        self.thresholds("alone", "threaded_elements = 1000000000\nstreamed_share = 0")
        checked = self.good("check", name="default", like="default", thresholds="alone")
        self.assertEqual((checked["right"], checked["same_bits"]), (True, True))
        race = self.race("default", seconds=0.05, candidate_thresholds="alone")
        self.assertGreater(race["pairs"], 9)

    def test_of_all_kernels_the_one_that_a_call_runs(self):
        self.good("case", **ROWS, shape=[64, 1024])
        self.refused("kernel", "no kernel serves signature kR", op="way")
        self.load("rms")
        self.refused("kernel", "another statistic", op="check", name="*")
        self.load("knobs")
        self.load("zzz", "default")
        self.assertEqual(self.good("way")["kernel"], "knobs")  # of equals the first by name
        self.assertTrue(self.good("check", name="*", like="zzz")["same_bits"])
        self.good("race", candidate="*", incumbent="*", seconds=0)
        self.refused("request", "'*'", op="load", name="*", library="a.so", words=KERNEL.words["default"])

    # --- Races

    def race(self, candidate, **fields):
        race = self.good("race", candidate=candidate, incumbent="default", **fields)
        self.assertGreaterEqual(race["pairs"], 10)
        self.assertLessEqual(race["low"], race["ratio"])
        self.assertLessEqual(race["ratio"], race["high"])
        self.assertLessEqual(len(race["trace"]), min(100, race["pairs"]))
        self.assertGreater(race["candidate_us"], 0)
        self.assertGreaterEqual(race["noise"], 0)
        return race

    def test_a_kernel_is_as_fast_as_itself(self):
        for cache in ("warm", "cold"):
            self.good("case", **ROWS, shape=[64, 1024], cache=cache)
            if cache == "warm":
                self.load("default")
                self.load("same", "default")
            # An interval of 95 % may miss it.
            races = (self.race("same", seconds=0.1, seed=seed) for seed in range(5))
            self.assertTrue(any(race["low"] <= 1 <= race["high"] and not race["pruned"] for race in races))

    def test_a_slow_kernel_is_pruned(self):
        self.good("case", **ROWS, shape=[64, 1024])
        self.load("default")
        self.load("slow")
        race = self.race("slow", seconds=20, prune_above=1.02)
        self.assertTrue(race["pruned"])
        self.assertLess(race["pairs"], 1000)
        self.assertLess(race["ratio"], 0.6)
        self.assertGreater(race["candidate_us"], 1.5 * race["incumbent_us"])
        self.assertFalse(self.race("slow", seconds=0)["pruned"])

    def test_threads(self):
        self.good("case", **ROWS, shape=[1024, 1024], threads=2)
        self.load("default")
        self.load("knobs")
        self.assertTrue(self.good("check", name="knobs", like="default")["same_bits"])
        self.race("knobs", seconds=0.01)


if __name__ == "__main__":
    MEASURE, KERNELS, GENERATOR, COMPILER, HALIDE, FOLDER = map(pathlib.Path, sys.argv[1:7])
    KERNEL = Kernels()
    unittest.main(argv=sys.argv[:1] + sys.argv[7:])
