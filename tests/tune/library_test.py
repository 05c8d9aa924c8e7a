#!/usr/bin/env python3
"""From shapes to a library, without stand-ins for what compiles: candidates are this build's kernels, a record is written,
and a project that finds the installed axnorm builds from it.

    library_test.py --source . --halide build/_halide/halide-21.0.0 --cmake cmake --compiler c++ --generator Ninja \\
                    --config Release [unittest's options]
"""

import argparse
import json
import pathlib
import subprocess
import sys
import unittest

from support import HERE, PROGRAMS, ROOT, TuneTest, children_of, kill

sys.path.insert(0, str(ROOT / "tests" / "installed"))
import installed

# 64 KiB, krk. Other tests may take all of the machine.
INSTANCE = ["--pattern", "b h c -> b c", "--shape", "8,32,64", "--compile-limit", "120", "--answer-limit", "60"]
KNOB = "joint_rows"  # which changes the code
arguments = None


def answer_of_measure(request):
    done = subprocess.run([PROGRAMS / "tune" / "axnorm-measure"], input=json.dumps(request) + "\n", capture_output=True,
                          text=True, check=True)
    return json.loads(done.stdout)


class Real(TuneTest):
    def test_from_shapes_to_a_library(self):
        isa = answer_of_measure({"op": "info"})["cpu_isa"]
        listed = subprocess.run([PROGRAMS / "axnorm-generator", "--knobs", "krk"], capture_output=True, check=True)
        knob = json.loads(listed.stdout)["knobs"][KNOB]
        # What is fast is planted, as nobody knows what is fast here. Much of the space is, so that few trials find it.
        self.fake |= {"isa": isa, "ratio": {f"{KNOB}:{value}": 1.3 for value in knob["legal"]
                                            if value != knob["default"]}}
        self.tune(*INSTANCE, "--trials", "5", fakes="measure")
        row, = self.rows()
        self.assertEqual((row["signature"], row["isa"]), ("krk", isa))
        self.assertRegex(row["knobs"], f"^{KNOB}:[0-9]+$")
        self.assertEqual(row["knob_ids"], {KNOB: knob["id"]})

        arguments.build, arguments.source = PROGRAMS, ROOT
        installed.install(arguments, self.folder)
        library = f'axnorm_add_library(tuned_norms INSTRUCTION_SETS {isa} SCHEDULES "{self.out}" KERNEL "b h c -> b c")'
        project = installed.write_project(self.folder / "project", [library],
                                          [("program", HERE / "tuned_call.cpp", "tuned_norms")])
        installed.configure(project)
        installed.build(project)
        # The row is for up to 256 KiB.
        self.assertEqual(installed.run(project / "build" / "program").splitlines(),
                         [f"8: right, knobs '{row['knobs']}', tuned", "100: right, knobs '', usual"])

    def test_trials_are_compiled_checked_and_raced_though_what_measures_is_killed(self):
        process = self.start(*INSTANCE, "--trials", "4", fakes=False)
        self.wait_for(process, lambda: self.has_results(1))
        measuring = children_of(process.pid, "axnorm-measure")
        self.assertEqual(len(measuring), 1)
        kill(measuring[0])
        stdout, stderr = process.communicate(timeout=200)
        self.assertEqual(process.returncode, 0, stdout + stderr)
        results = self.results()
        self.assertEqual([result.get("fault") for result in results], 4 * [None])
        self.assertEqual((results[0]["knobs"], len({result["knobs"] for result in results})), ("", 4))
        for result in results:
            race, = result["races"]
            self.assertGreater(race["pairs"], 0)
            self.assertTrue(0 < race["low"] <= race["ratio"] <= race["high"], race)
        self.assertRegex(stdout, r"mean_var krk float32 \w+, x up to 256 KiB")
        self.assertIn("A trial cost", stdout)
        self.assertIn("Before and after", self.out.with_suffix(".html").read_text())
        self.assertEqual(self.study().user_attrs["verdict"]["kept"], bool(self.rows()))
        self.assertFalse(list(self.work.glob("lab-*")))

    def has_results(self, count):
        journals = list(self.work.glob("*.journal"))
        return bool(journals) and journals[0].read_text().count('"result"') >= count


def main():
    global arguments
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("cmake", "compiler", "generator", "config"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--halide", required=True, type=pathlib.Path)
    arguments, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
