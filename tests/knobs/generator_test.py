#!/usr/bin/env python3
"""axnorm-generator and its knobs: what it lists, what it refuses, and that it compiles what it lists.

    generator_test.py GENERATOR FOLDER [unittest's options]
"""
import json
import pathlib
import re
import subprocess
import sys
import unittest

CPU = "x86-64-linux-sse41-avx-f16c-fma-avx2-strict_float-no_runtime-no_asserts-no_bounds_query-user_context"
GPU = "x86-64-linux-cuda-cuda_capability_80-strict_float-no_runtime-no_asserts-no_bounds_query-user_context"
FAMILIES = {"reduced_innermost", "kept_innermost", "short_rows", "channels", "group_tiles", "dense_block",
            "device_groups"}


def generate(generator, signature, knobs, name="kernel"):
    """The process, and the stmt that comes of it."""
    path = FOLDER / f"{name}.stmt"
    path.unlink(missing_ok=True)
    done = subprocess.run([GENERATOR, "-g", generator, "-f", name, "-o", FOLDER, "-e", "stmt",
                           f"target={CPU if generator == 'norm' else GPU}", f"signature={signature}",
                           *([f"knobs={knobs}"] if knobs else [])], capture_output=True, text=True)
    # Numbers of names depend on how much was made before.
    return done, re.sub(r"\$\d+", "", path.read_text()) if path.exists() else None


def listed(*words):
    done = subprocess.run([GENERATOR, "--knobs", *words], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


class Knobs(unittest.TestCase):
    def test_all_families_are_listed(self):
        families = listed()
        self.assertEqual({family["family"] for family in families}, FAMILIES)
        for family in families:
            self.assertTrue(family["knobs"])
            for name, knob in family["knobs"].items():
                self.assertIn(knob["default"], knob["legal"], name)

    def test_the_family_of_a_signature_is_listed(self):
        kinds = {"kR": "reduced_innermost", "rK": "kept_innermost", "kR-128": "short_rows", "krKR-32": "channels",
                 "krKR": "group_tiles", "krKR4": "dense_block"}
        for signature, family in kinds.items():
            self.assertEqual(listed(signature)["family"], family)
        self.assertEqual(listed("kR-256", "cuda")["family"], "device_groups")
        self.assertEqual(listed("kR")["tree"]["lanes"], 32)

    def test_what_is_not_understood_is_refused(self):
        for words, expected in ((["kq"], "signature 'kq'"), (["kR", "tpu"], "device 'tpu'"),
                                (["kR", "cpu", "more"], "all that may follow")):
            done = subprocess.run([GENERATOR, "--knobs", *words], capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn(expected, done.stderr)

    def test_wrong_knobs_are_refused(self):
        cases = {
            ("norm", "kR", "row:4"): ["there is no knob 'row'", "Signature 'kR' is served by family reduced_innermost",
                                      "rows: 1, 2, 4, 8, 16"],
            ("norm", "kR", "rows:3"): ["knob 'rows' of family reduced_innermost is 3; legal are 1, 2, 4, 8, 16"],
            ("norm", "kR-128", "rows:4"): ["there is no knob 'rows'", "family short_rows"],
            ("norm", "kR", "rows:4,rows:2"): ["knob 'rows' is given twice", "family reduced_innermost"],
            ("norm", "rK", "joint_rows"): ["they are written <knob>:<value>", "family kept_innermost"],
            ("norm", "kR", "lanes:16"): ["there is no knob 'lanes'"],  # of the summation tree
            ("device_norm", "kR-256", "teams:3"): ["knob 'teams' of family device_groups is 3; legal are 2, 4, 8"],
            ("device_norm", "kR-256", "rows:4"): ["there is no knob 'rows'", "Signature 'kR-256' is served by family "
                                                  "device_groups"],
        }
        for arguments, expected in cases.items():
            done, stmt = generate(*arguments)
            self.assertNotEqual(done.returncode, 0, arguments)
            self.assertIsNone(stmt)
            for text in expected:
                self.assertIn(text, done.stderr)

    def test_knobs_change_the_kernel_and_defaults_do_not(self):
        for generator, signature, other in (("norm", "kR", "rows:4"), ("norm", "rK", "joint_rows:2"),
                                            ("device_norm", "kR-256", "teams:4")):
            device = ("cuda",) if generator == "device_norm" else ()
            knobs = listed(signature, *device)["knobs"]
            defaults = ",".join(f"{name}:{knob['default']}" for name, knob in reversed(knobs.items()))
            _, usual = generate(generator, signature, "")
            self.assertIsNotNone(usual)
            self.assertEqual(generate(generator, signature, defaults)[1], usual)
            self.assertNotEqual(generate(generator, signature, other)[1], usual)


if __name__ == "__main__":
    GENERATOR, FOLDER = map(pathlib.Path, sys.argv[1:3])
    FOLDER.mkdir(parents=True, exist_ok=True)
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
