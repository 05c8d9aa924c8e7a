"""How large programs are, and that they hold no kernels but their own."""
import os
import re
import unittest

import installed
from installed import build, configure, run, write_project

KILOBYTE = 1000


class SizeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        words = 'KERNEL "b t c -> b t" PARAMS "c"'
        cls.folder = write_project(installed.work / "sizes",
                                   [f"axnorm_add_library(exact {words})", f"axnorm_add_library(whole CANONICAL {words})"],
                                   [(name + "_program", "layer_norm.cpp", name) for name in ("exact", "whole")])
        configure(cls.folder)

    def build(self, name):
        build(self.folder, f"{name}_program")

    def stripped_size(self, name):
        installed.needs_release(self)
        program = self.folder / "build" / f"{name}_program"
        stripped = program.with_suffix(".stripped")
        run("strip", "-o", stripped, program)
        self.assertEqual(run(program), run(stripped))
        size = stripped.stat().st_size
        print(f"{size / KILOBYTE:.0f} KB ... ", end="")
        return size

    def test_one_kernel(self):
        self.build("exact")
        self.assertLessEqual(self.stripped_size("exact"), 350 * KILOBYTE)

    @unittest.skipUnless("AXNORM_LONG_TESTS" in os.environ, "canonical kernels take half a minute: AXNORM_LONG_TESTS is not set")
    def test_with_the_canonical_kernels(self):
        self.build("whole")
        self.assertLessEqual(self.stripped_size("whole"), 1200 * KILOBYTE)

    def test_no_other_kernels(self):
        self.build("exact")
        symbols = run("nm", self.folder / "build" / "exact_program")
        kernels = set(re.findall(r"\w+_(?:mean_var|rms)_[kKrR]\w*", symbols))
        self.assertTrue(kernels)
        for kernel in kernels:
            self.assertRegex(kernel, "^exact_mean_var_kR_(128_)?f32")
        self.assertNotIn("axnorm_default", symbols)
        self.assertNotIn("halide_do_par_for", symbols)  # nothing of Halide's runtime
