#!/usr/bin/env python3
"""Runs the program axnorm, and looks at what it prints.

    tests/cli/cli_test.py PROGRAM AXNORM-KERNELS [unittest's options]
"""

import json
import math
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

import program
from explain_test import GROUPS, Explain  # noqa: F401: run here
from files_test import Bench, Run  # noqa: F401: run here
from program import LARGEST, Command, facts, run, table


def shape_for(pattern):
    """A shape that fits the pattern, and the lengths of the axes in its groups: 2, 3, 4, ... by axis."""
    lengths, shape, settings = iter(range(2, 20)), [], []
    for dimension in re.findall(r"\(.*?\)|\S+", pattern.split("->")[0]):
        if dimension.startswith("("):
            axes = [(name, next(lengths)) for name in dimension.strip("()").split()]
            settings += [f"{name}={length}" for name, length in axes]
            shape.append(math.prod(length for _, length in axes))
        else:
            shape.append(int(dimension) if dimension.isdigit() else next(lengths))
    return ",".join(map(str, shape)), settings


class List(Command):
    def test_kernels(self):
        text = self.accepted("list")
        rows = table(text, "kernel")
        self.assertEqual(facts(text)["library"], f"axnorm_default, kernels: {len(rows)}")
        self.assertGreater(len(rows), 30)
        self.assertEqual(len({row[0] for row in rows}), len(rows))
        short = {"float32": "f32", "float64": "f64", "float16": "f16", "bfloat16": "bf16"}
        for name, statistic, signature, dtypes, strides, canonical, *knobs in rows:
            name, is_tuned, _ = name.partition("_tuned_")  # kernels of the records in schedules/tuned
            self.assertEqual(knobs, ["tuned"] if is_tuned else [])
            self.assertIn(statistic, name)
            self.assertIn(signature.replace("-", "_"), name)
            self.assertTrue(name.endswith("_" + short[dtypes]))
            self.assertIn(strides, ("contiguous", "any params", "any"))
            self.assertEqual(canonical, "yes" if len(signature) == 8 else "no")
        self.assertEqual({row[1] for row in rows}, {"mean_var", "rms"})
        self.assertEqual({row[3] for row in rows}, set(short))

    def test_of_one_statistic(self):
        every = table(self.accepted("list"), "kernel")
        for statistic in ("mean_var", "rms"):
            rows = table(self.accepted("list", "--statistic", statistic), "kernel")
            self.assertEqual(rows, [row for row in every if row[1] == statistic])

    def test_lines(self):
        rows = [line.strip(" |`").replace("` |", "|").replace("| `", "|").replace(" |", "|").split("|")
                for line in self.accepted_markdown().splitlines()[2:]]
        self.assertGreater(len(rows), 10)
        signatures = {row[2] for row in table(self.accepted("list"), "kernel")}
        for row in rows:
            pattern, params, memory, statistic, signature, dtypes, devices = row
            key = row[:4]  # that of several lines, where a call may come to several signatures
            with self.subTest(pattern=pattern, memory=memory, statistic=statistic):
                self.assertIn(dtypes, ("float32", "float32, float64, float16, bfloat16"))
                self.assertEqual(devices, "cpu")
                self.assertIn(signature, signatures)
                shape, settings = shape_for(pattern)
                more = [word for setting in settings for word in ("--set", setting)]
                told = facts(self.accepted("explain", pattern, "--params", params, "--memory", memory, "--shape", shape,
                                           "--statistic", statistic, *more))
                self.assertIn(told["signature"], {re.sub(r"\d", "", row[4]) for row in rows if row[:4] == key})

    def test_the_docs_have_the_table(self):
        page = pathlib.Path(__file__).resolve().parents[2] / "docs" / "libraries.md"
        self.assertIn(self.accepted_markdown("--statistic", "mean_var"), page.read_text(encoding="utf-8"))

    def accepted_markdown(self, *arguments):
        result = run("list", "--lines", "--markdown", *arguments)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(result.stdout.splitlines()[:2],
                         ["| pattern | params | memory | statistic | signature | dtypes | devices |",
                          "|---|---|---|---|---|---|---|"])
        return result.stdout

    def test_lines_as_text(self):
        rows = table(self.accepted("list", "--lines"), "pattern")
        self.assertEqual(len(rows), len(self.accepted_markdown().splitlines()) - 2)
        some = table(self.accepted("list", "--lines", "--statistic", "rms"), "pattern")
        self.assertEqual(some, [row for row in rows if "rms" in row])

    def test_json(self):
        (library,) = json.loads(self.accepted("list", "--json"))
        self.assertEqual(library["library"], "axnorm_default")
        rows = table(self.accepted("list"), "kernel")
        self.assertEqual([kernel["kernel"] for kernel in library["kernels"]], [row[0] for row in rows])
        self.assertEqual([kernel["signature"] for kernel in library["kernels"]], [row[2] for row in rows])
        lines = json.loads(self.accepted("list", "--lines", "--json"))
        self.assertEqual(len(lines), len(table(self.accepted("list", "--lines"), "pattern")))
        self.assertEqual(lines[0]["pattern"], "b c h w -> c")
        thresholds = json.loads(self.accepted("list", "--thresholds", "--json"))
        self.assertTrue(all(row["from"] <= row["value"] <= row["to"] for row in thresholds), thresholds)

    def test_wrong_usage(self):
        for arguments in (("--markdown",), ("--lines", "--markdown", "--json"), ("--statistic", "median"), ("--statistic",), ("more",)):
            self.refused("list", *arguments, code=2)


class Check(Command):
    def test_right(self):
        for pattern, params, line in ((GROUPS, "(g n)", "ok: 5 axes, statistics b g, params (g n)"),
                                      ("b ... c -> b ...", "c",
                                       "ok: 2 axes and those of ..., statistics b ..., params c"),
                                      ("b c ->", "", "ok: 2 axes, one statistic of everything, no params"),
                                      ("a -> 1", "", "ok: 1 axis, statistics 1, no params")):
            self.assertEqual(self.accepted("check", pattern, "--params", params), line + "\n")
        self.assertEqual(self.accepted("check", "b c -> b"), "ok: 2 axes, statistics b, no params\n")

    def test_wrong(self):
        # The caret stands under the first letter of `place`, or behind the text.
        for pattern, params, words, text, place in (("b c h w -> k", "", "unknown axis", "b c h w -> k", "k"),
                                                    ("b (c h w -> b", "", "unbalanced", "b (c h w -> b", "("),
                                                    ("b c b -> c", "", "duplicate", "b c b -> c", "b -"),
                                                    ("b c", "", "missing arrow", "b c", ""),
                                                    ("b c -> b c", "", "nothing reduced", "b c -> b c", "->"),
                                                    ("", "", "missing arrow", "", ""),
                                                    ("list", "", "missing arrow", "list", ""),
                                                    ("-> c", "", "empty left side", " -> c", " "),
                                                    ("b é -> b", "", "illegal character", "b é -> b", "é"),
                                                    ("b c -> c", "c d", "unknown axis in params", "c d", "d")):
            with self.subTest(pattern=pattern, params=params):
                message, shown, caret = self.refused("check", pattern, "--params", params).splitlines()
                self.assertTrue(message.startswith("axnorm: " + words), message)
                self.assertEqual(shown, "  " + text)
                self.assertEqual(caret, " " * (2 + (text.index(place) if place else len(text))) + "^")

    def test_wrong_usage(self):
        for arguments in ((), ("b c -> c", "more"), ("b c -> c", "--shape", "8,3"), ("b c -> c", "--params")):
            self.refused("check", *arguments, code=2)


class Completion(Command):
    def completed(self, *words, folder="."):
        """What bash completes the last word to."""
        script = f"{self.text}\nCOMP_WORDS=({' '.join(map(shlex.quote, words))}); COMP_CWORD={len(words) - 1}\n_axnorm\n" \
                 'printf "%s\\n" "${COMPREPLY[@]}"'
        result = subprocess.run(["bash", "-c", script], capture_output=True, encoding="utf-8", check=True, cwd=folder,
                                timeout=60)
        self.assertEqual(result.stderr, "")
        return result.stdout.split()

    def setUp(self):
        self.text = run("completion", "bash").stdout

    def test_bash(self):
        for words, expected in ((("",), ["explain", "run", "bench", "list", "check", "--help", "--version"]),
                                (("ex",), ["explain"]), (("list", "--ma"), ["--markdown"]),
                                (("explain", "b c -> b", "--str"), ["--strides"]), (("explain", "--shape", ""), []),
                                (("bench", "--statistic", ""), ["given", "mean_var", "rms"]),
                                (("explain", "--dtype", "b"), ["bfloat16"]), (("check", ""), []),
                                (("list", "-"), ["-h", "--help", "--statistic", "--lines", "--markdown", "--json",
                                                 "--thresholds"])):
            with self.subTest(words):
                self.assertEqual(self.completed("axnorm", *words), expected)

    def test_bash_completes_files(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "x.npy").touch()
            for words in (("x",), ("--scale", ""), ("x.npy", "-o", "x.")):
                self.assertEqual(self.completed("axnorm", "run", *words, folder=folder), ["x.npy"])

    # Every option that --help names is completed, by both shells.
    def test_all_options(self):
        zsh = run("completion", "zsh").stdout
        for command in ("explain", "run", "bench", "list", "check"):
            options = re.findall(r"^  (?:-\w,)?(--[\w-]+)", run(command, "--help").stdout, re.MULTILINE)
            self.assertGreater(len(options), 0)
            self.assertLessEqual(set(options), set(self.completed("axnorm", command, "--")))
            for option in options:
                self.assertIn(f"'{option}[", zsh.replace("'*", "'"))

    @unittest.skipUnless(shutil.which("zsh"), "there is no zsh")
    def test_zsh_can_read_it(self):
        subprocess.run(["zsh", "-n"], input=run("completion", "zsh").stdout, encoding="utf-8", check=True, timeout=60)

    def test_wrong_usage(self):
        for arguments in ((), ("fish",)):
            self.refused("completion", *arguments, code=2)


class Program(Command):
    def test_version(self):
        self.assertRegex(self.accepted("--version"), r"^axnorm \d+\.\d+\.\d+\n$")

    def test_help(self):
        for arguments in (("--help",), *((name, "--help") for name in ("explain", "run", "bench", "list", "check"))):
            result = run(*arguments)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertIn("Exit codes:", result.stdout)

    def test_wrong_usage(self):
        self.assertIn("command is missing", self.refused(code=2))
        for word in ("explode", "--bogus", ""):
            self.assertIn(word, self.refused(word, code=2))
        self.refused("list", "check", "b c -> c", code=2)

    def test_no_input_crashes_it(self):
        words = ["", " ", "->", "-> ->", "((", "...", "0 -> ", "2147483648 a -> a", "a" * 5000,
                 "(" * 5000 + "->", "\x01", "-", "--"]
        numbers = ["", "0", "-1", LARGEST, f"{LARGEST},{LARGEST},0", ",".join("9" * 40), "0x10", "1e3", "nan", "," * 50]
        for word in words:
            for arguments in (("check", word), ("check", "b c -> c", "--params", word),
                              ("explain", word, "--shape", "2,3"), ("explain", "b c -> c", "--shape", word),
                              ("explain", "b c -> c", "--shape", "2,3", "--memory", word),
                              ("explain", "b c -> c", "--shape", "2,3", "--set", word), (word,)):
                self.assertIn(run(*arguments).returncode, (0, 1, 2), arguments)
        for number in numbers:
            for arguments in (("explain", "b c -> c", "--shape", number), ("explain", "... -> ...", "--shape", number),
                              ("explain", "... ->", "--shape", number),
                              ("explain", "b (g n) -> (b g)", "--shape", "8,0", "--set", "g=" + number),
                              ("explain", "b (g n) -> b g", "--shape", "8,6", "--set", "g=" + number)):
                self.assertIn(run(*arguments).returncode, (0, 1, 2), arguments)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    program.PATH, program.KERNELS = sys.argv.pop(1), sys.argv.pop(1)
    unittest.main()
