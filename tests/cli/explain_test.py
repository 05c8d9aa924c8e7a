"""Tests of `axnorm explain`; run by cli_test.py."""

import dataclasses
import json
import math
import re

from program import LARGEST, Command, facts, library_of, table


@dataclasses.dataclass
class Case:
    name: str
    pattern: str
    params: str
    shape: tuple
    groups: list  # (letter, axes, extent), from the outermost in memory to the innermost
    statistics: str
    params_shape: str
    memory: str = ""
    lengths: tuple = ()
    canonical: bool = False
    params_note: str = ""

    @property
    def signature(self):
        return "".join(letter for letter, _, _ in self.groups)

    def arguments(self, *more):
        result = ["explain", self.pattern, "--params", self.params, "--shape", ",".join(map(str, self.shape)), *more]
        for length in self.lengths:
            result += ["--set", length]
        return result + (["--memory", self.memory] if self.memory else [])


IMAGE = (8, 64, 56, 48)
GROUPS = "b (g n) h w -> b g"
HEADS = "b t (h d) -> b t h"
CASES = [
    Case("batch NCHW", "b c h w -> c", "c", IMAGE, [("r", "b", 8), ("K", "c", 64), ("r", "h w", 2688)], "[64]", "[64]"),
    Case("batch NHWC", "b c h w -> c", "c", IMAGE, [("r", "b h w", 21504), ("K", "c", 64)], "[64]", "[64]",
         memory="b h w c"),
    Case("layer NCHW", "b c h w -> b", "c h w", IMAGE, [("k", "b", 8), ("R", "c h w", 172032)], "[8]", "[64, 56, 48]"),
    # Scale and shift lie in the order of the params: they are copied into that of x.
    Case("layer NHWC", "b c h w -> b", "c h w", IMAGE, [("k", "b", 8), ("R", "c h w", 172032)], "[8]", "[64, 56, 48]",
         memory="b h w c", params_note=", copied into the order of x"),
    Case("layer NHWC, params h w c", "b c h w -> b", "h w c", IMAGE, [("k", "b", 8), ("R", "c h w", 172032)], "[8]",
         "[56, 48, 64]", memory="b h w c"),
    Case("instance NCHW", "b c h w -> b c", "c", IMAGE, [("k", "b", 8), ("K", "c", 64), ("r", "h w", 2688)], "[8, 64]",
         "[64]"),
    Case("instance NHWC", "b c h w -> b c", "c", IMAGE, [("k", "b", 8), ("r", "h w", 2688), ("K", "c", 64)], "[8, 64]",
         "[64]", memory="b h w c"),
    Case("group NCHW", GROUPS, "(g n)", IMAGE, [("k", "b", 8), ("K", "g", 16), ("R", "n", 4), ("r", "h w", 2688)],
         "[8, 16]", "[64]", lengths=("g=16",)),
    Case("group NHWC", GROUPS, "(g n)", IMAGE, [("k", "b", 8), ("r", "h w", 2688), ("K", "g", 16), ("R", "n", 4)],
         "[8, 16]", "[64]", memory="b h w g n", lengths=("g=16", "n=4")),
    Case("per pixel NCHW", "b c h w -> b h w", "c", IMAGE, [("k", "b", 8), ("R", "c", 64), ("k", "h w", 2688)],
         "[8, 56, 48]", "[64]"),
    Case("per pixel NHWC", "b c h w -> b h w", "c", IMAGE, [("k", "b h w", 21504), ("R", "c", 64)], "[8, 56, 48]",
         "[64]", memory="b h w c"),
    Case("per head", HEADS, "d", (4, 10, 96), [("k", "b t h", 120), ("R", "d", 32)], "[4, 10, 3]", "[32]",
         lengths=("h=3",)),
    Case("per head, all params", HEADS, "(h d)", (4, 10, 96), [("k", "b t", 40), ("K", "h", 3), ("R", "d", 32)],
         "[4, 10, 3]", "[96]", lengths=("h=3",)),
    Case("per head, t inside", HEADS, "d", (4, 10, 96), [("k", "b h", 12), ("R", "d", 32), ("k", "t", 10)],
         "[4, 10, 3]", "[32]", memory="b h d t", lengths=("h=3",)),
    Case("per head, all params, t inside", HEADS, "(h d)", (4, 10, 96),
         [("k", "b", 4), ("K", "h", 3), ("R", "d", 32), ("k", "t", 10)], "[4, 10, 3]", "[96]", memory="b (h d) t",
         lengths=("h=3",), canonical=True),
]


def elements(case, kinds):
    return math.prod(extent for letter, _, extent in case.groups if letter in kinds)


class Explain(Command):
    def test_cases(self):
        for case in CASES:
            with self.subTest(case.name):
                text = self.accepted(*case.arguments())
                self.assertEqual(table(text, "group"), self.expected_groups(case))
                told = facts(text)
                self.assertEqual(told["signature"], case.signature)
                for label, value in (("pattern", case.pattern), ("params", case.params), ("statistic", "mean_var"),
                                     ("library", "axnorm_default"),
                                     ("scale, shift", case.params_shape + case.params_note)):
                    self.assertEqual(told[label], value)
                self.assertEqual(told["x, y"], "float32 " + str(list(case.shape)))
                self.assertEqual(told["memory order"], case.memory or case.pattern.split(" ->")[0] + " (as written)")
                self.assertEqual(told["mean, rstd"],
                                 f"{case.statistics}, not wanted; each of {elements(case, 'rR')} elements")
                self.check_kernel(case, text)
                self.check_traffic(case, text)

    @staticmethod
    def expected_groups(case):
        strides = [1]
        for _, _, extent in reversed(case.groups[1:]):
            strides.insert(0, strides[0] * extent)
        return [[letter, axes, str(extent), str(stride)]
                for (letter, axes, extent), stride in zip(case.groups, strides)]

    def check_kernel(self, case, text):
        told = facts(text)
        first, *others = table(text, "serves")
        self.assertEqual(told["kernel"], first[0])
        self.assertTrue(told["kind"].startswith("canonical" if case.canonical else "exact"))
        if not case.canonical:
            self.assertEqual(re.sub(r"-?\d", "", first[1]), case.signature)  # some lengths have kernels of their own
            self.assertEqual(int(first[2]), len(case.groups))
        if first[4] == "0":  # a kernel of fixed extents may have more loops
            self.assertTrue(all(int(first[2]) <= int(other[2]) for other in others if len(other) > 1))  # "and 2 more"
        serving, linked = map(int, re.search(r"(\d+) of (\d+) linked kernels", text).groups())
        self.assertEqual(serving + sum(int(row[0]) for row in table(text, "kernels")), linked)

    def check_traffic(self, case, text):
        traffic = {row[0]: int(row[1]) for row in table(text, "memory traffic")}
        x = 4 * math.prod(case.shape)
        params = 8 * elements(case, "KR")
        self.assertEqual(traffic, {"x read for the statistics": x, "x read again for y": x, "y written": x,
                                   "scale, shift read": params, "total": 3 * x + params,
                                   "least possible": 2 * x + params})

    def test_axes(self):
        text = self.accepted("explain", GROUPS, "--params", "(g n)", "--shape", "8,128,64,64", "--set", "g=32",
                             "--memory", "b h w g n")
        self.assertEqual(table(text, "axis"), [
            ["b", "8", "kept", "no", "524288"], ["g", "32", "kept", "yes", "4"], ["n", "4", "reduced", "yes", "1"],
            ["h", "64", "reduced", "no", "8192"], ["w", "64", "reduced", "no", "128"]])
        text = self.accepted("explain", "b ... 3 c -> b ...", "--shape", "2,4,5,3,7")
        self.assertEqual(table(text, "axis"), [
            ["b", "2", "kept", "no", "420"], ["...[0]", "4", "kept", "no", "105"], ["...[1]", "5", "kept", "no", "21"],
            ["3", "3", "reduced", "no", "7"], ["c", "7", "reduced", "no", "1"]])

    def test_statistics(self):
        rows = (("mean_var", (), "mean, rstd", "not wanted", None),
                ("mean_var", ("--with-statistics",), "mean, rstd", "written", ("mean, rstd written", 64)),
                ("rms", (), "rstd", "not wanted", None),
                ("rms", ("--with-statistics",), "rstd", "written", ("rstd written", 32)),
                ("given", (), "mean, rstd", "read", ("given_mean, given_rstd read", 64)))
        for statistic, more, label, use, moved in rows:
            with self.subTest(statistic=statistic, more=more):
                text = self.accepted("explain", "b c -> b", "--shape", "8,5", "--statistic", statistic, *more)
                told = facts(text)
                self.assertEqual(told[label], f"[8], {use}; each of 5 elements")
                self.assertEqual(told["statistic"], statistic)
                self.assertIn("mean_var" if statistic == "given" else statistic, told["kernel"])
                traffic = {row[0]: int(row[1]) for row in table(text, "memory traffic")}
                least = 2 * 160 + (moved[1] if moved else 0)
                self.assertEqual(traffic["least possible"], least)
                self.assertEqual(traffic["total"], least + (0 if statistic == "given" else 160))
                if moved:
                    self.assertEqual(traffic[moved[0]], moved[1])

    def test_dtypes(self):
        for dtype, size, statistics, suffix in (("float32", 4, 4, "f32"), ("float64", 8, 8, "f64"),
                                                ("float16", 2, 4, "f16"), ("bfloat16:bfloat16", 2, 4, "bf16")):
            with self.subTest(dtype):
                text = self.accepted("explain", "b c -> b", "--params", "c", "--shape", "8,5", "--dtype", dtype,
                                     "--with-statistics")
                told = facts(text)
                self.assertEqual(told["x, y"], f"{dtype.split(':')[0]} [8, 5]")
                self.assertTrue(told["kernel"].endswith("_" + suffix))
                traffic = {row[0]: int(row[1]) for row in table(text, "memory traffic")}
                self.assertEqual(traffic["y written"], 40 * size)
                self.assertEqual(traffic["scale, shift read"], 10 * statistics)
                self.assertEqual(traffic["mean, rstd written"], 16 * statistics)

    def test_without_params(self):
        text = self.accepted(*CASES[0].arguments("--no-params"))
        told = facts(text)
        self.assertEqual((told["signature"], told["scale, shift"]), ("rkr", "[64], absent"))
        self.assertNotIn("scale, shift read", text)

    def test_canonical(self):
        case = next(case for case in CASES if case.name == "group NCHW")
        text = self.accepted(*case.arguments("--canonical"))
        self.assertTrue(facts(text)["kind"].startswith("canonical"))
        self.assertEqual(facts(text)["kernel"], table(text, "serves")[0][0])
        self.assertTrue(any("not canonical" in row[1] for row in table(text, "kernels")))

    def test_looped_outside(self):
        text = self.accepted("explain", "a r b s c t d u e -> a b c d e", "--shape", ",".join("2" * 9))
        self.assertEqual(facts(text)["looped outside"], "a (2)")
        self.assertNotIn("looped outside", self.accepted(*CASES[0].arguments()))
        # Of a kernel of the pattern, before canonical ones: with statistics in another order a, b and c do not merge.
        told = facts(self.accepted("explain", "a b c d -> c b a", "--shape", "3,4,5,64", "--with-statistics"))
        self.assertEqual((told["signature"], told["looped outside"]), ("kkkr", "a (3)"))
        self.assertTrue(told["kind"].startswith("exact"))

    def test_gathered(self):
        for pattern, shape in (("b c -> c", "4294967296,1"), ("a r b s c t d u e v -> a b c d e", ",".join("2" * 10))):
            text = self.accepted("explain", pattern, "--shape", shape)
            self.assertIn("copied", text)
            self.assertTrue(facts(text)["kernel"].startswith("axnorm_default_mean_var"))
        self.assertNotIn("copied", self.accepted(*CASES[0].arguments()))

    def test_instruction_set(self):
        text = self.accepted(*CASES[0].arguments(), AXNORM_MAX_CPU_ISA="baseline")
        self.assertEqual(facts(text)["instruction set"], "baseline")

    def test_no_elements_and_one(self):
        text = self.accepted("explain", "b c -> c", "--shape", "0,4", "--with-statistics")
        self.assertIn("no elements", facts(text)["note"])
        self.assertNotIn("memory traffic", text)
        for pattern, shape in (("... ->", ""), ("b c -> c", "1,1"), ("1 ... ->", "1")):
            self.assertIn("none", facts(self.accepted("explain", pattern, "--shape", shape))["signature"])

    def test_refused(self):
        big = str(2**62)
        for arguments, word in ((("b c -> c", "--shape", "8"), "rank mismatch"),
                                (("b c -> c", "--shape", ""), "rank mismatch"),
                                ((GROUPS, "--shape", "8,6,4,4"), "two unknown lengths"),
                                ((GROUPS, "--shape", "8,6,4,4", "--set", "g=4"), "not divisible"),
                                (("b c -> c", "--shape", "8,3", "--set", "z=3"), "'z'"),
                                (("b c -> c", "--shape", "8,3", "--memory", "c"), "missing axis in the memory order"),
                                (("b c -> c", "--shape", "8,3", "--dtype", "float16:float32"),
                                 "no kernel is linked for mean_var of float16:float32; those of this statistic are for "
                                 "float32, float64, float16, bfloat16"),
                                (("b c -> c", "--shape", f"{LARGEST},{LARGEST}"), "overflows"),
                                (("b c -> c", "--shape", f"{LARGEST},1"), "overflows"),
                                (("b (g n) -> (b g)", "--shape", "8,0", "--set", f"g={big}"), "overflows"),
                                (("... ->", "--shape", ",".join("1" * 17)), "at most 16"),
                                ((" ".join("abcdefghijklmnopq") + " ->", "--shape", "1"), "too many axes")):
            with self.subTest(arguments):
                message = self.refused("explain", *arguments)
                self.assertTrue(message.startswith("axnorm: "), message)
                self.assertIn(word, message)

    def test_strides(self):
        channels_last = ",".join(map(str, (64 * 56 * 48, 1, 64 * 48, 64)))
        case = next(case for case in CASES if case.name == "batch NHWC")
        by_memory, by_strides = (self.accepted("explain", case.pattern, "--params", case.params, "--shape",
                                               ",".join(map(str, case.shape)), *words)
                                 for words in (("--memory", case.memory), ("--strides", channels_last)))
        self.assertEqual(table(by_memory, "group"), table(by_strides, "group"))
        self.assertIn('\nKERNEL "b c h w -> c" PARAMS "c" MEMORY "b h w c"\n', by_strides)
        self.assertIn('\nKERNEL "b c h w -> c" PARAMS "c" MEMORY "b h w c"\n', by_memory)
        told = facts(self.accepted("explain", "b c -> c", "--shape", "8,3", "--strides", "6,2:3,1"))
        self.assertEqual((told["strides of x"], told["strides of y"]), ("[6, 2]", "[3, 1]"))
        for strides, word in (("3", "strides"), ("3,1:1", "strides"), ("0,0", "y"), ("3,1:", "y")):
            self.assertIn(word, self.refused("explain", "b c -> c", "--shape", "8,3", "--strides", strides))
        for strides in ("3,-1", "3,1:3,", "3,1:3,1:3,1", "x"):
            self.refused("explain", "b c -> c", "--shape", "8,3", "--strides", strides, code=2)
        self.refused("explain", "b c -> c", "--shape", "8,3", "--strides", "3,1", "--memory", "b c", code=2)

    # Whatever the text says.
    def test_json(self):
        for case in CASES:
            text, told = self.accepted(*case.arguments()), json.loads(self.accepted(*case.arguments("--json")))
            self.assertEqual([(row["group"], row["axes"], row["extent"]) for row in told["groups"]],
                             [(row[0], row[1], int(row[2])) for row in table(text, "group")])
            self.assertEqual(told["kernel"], facts(text)["kernel"])
            self.assertEqual(sum(row["bytes"] for row in told["memory_traffic"][:-2]),
                             told["memory_traffic"][-2]["bytes"])
            words = " ".join(text.split())
            for value in told.values():
                cells = [value] if isinstance(value, str) else [cell for row in value for cell in row.values()]
                for cell in cells:
                    self.assertIn(f"{cell:.2f}" if isinstance(cell, float) else str(cell), words)

    def test_refused_for_want_of_a_kernel(self):
        for arguments, line in (((GROUPS, "--params", "(g n)", "--shape", "8,6,4,4", "--set", "g=2",
                                  "--memory", "b h w g n", "--statistic", "rms", "--dtype", "bfloat16:float32"),
                                 f'KERNEL "{GROUPS}" PARAMS "(g n)" MEMORY "b h w g n" STATISTIC rms '
                                 "DTYPES bfloat16:float32"),
                                (("b c -> b", "--shape", "8,3", "--dtype", "float16:float32", "--canonical"),
                                 'CANONICAL KERNEL "b c -> b" DTYPES float16:float32')):
            self.assertEqual(self.refused("explain", *arguments).splitlines()[-1], line)
            self.assertIn(f'{{"{arguments[0]}", ', library_of(line))

    def test_wrong_usage(self):
        for arguments, word in (((), "pattern is required"), (("b c -> c",), "--shape is required"),
                                (("b c -> c", "--shape"), "--shape"), (("b c -> c", "--shape", "8,x"), "'x'"),
                                (("b c -> c", "--shape", "8,"), "''"), (("b c -> c", "--shape", "8,-3"), "'-3'"),
                                (("b c -> c", "--shape", "8, 3"), "' 3'"), (("b c -> c", "--shape", "8,3.5"), "'3.5'"),
                                (("b c -> c", "--shape", "8,9223372036854775808"), "'9223372036854775808'"),
                                (("b c -> c", "--shape", "8,3", "--set", "c"), "'c'"),
                                (("b c -> c", "--shape", "8,3", "--set", ""), "name=length"),
                                (("b c -> c", "--shape", "8,3", "--set", "=3"), "'=3'"),
                                (("b c -> c", "--shape", "8,3", "--set", "c=-3"), "'-3'"),
                                (("b c -> c", "--shape", "8,3", "--set", "c=three"), "'three'"),
                                (("b c -> c", "--shape", "8,3", "--statistic", "median"), "median"),
                                (("b c -> c", "--shape", "8,3", "--dtype", "int8"), "int8"),
                                (("b c -> c", "--shape", "8,3", "--dtype", "float16:"), "float16:"),
                                (("b c -> c", "--shape", "8,3", "--bogus"), "--bogus"),
                                (("b c -> c", "more", "--shape", "8,3"), "more")):
            with self.subTest(arguments):
                self.assertIn(word, self.refused("explain", *arguments, code=2))

    def test_set_leaves_the_pattern(self):
        self.accepted("explain", "--set", "g=2", "--set", "n=3", GROUPS, "--shape", "8,6,4,4")
