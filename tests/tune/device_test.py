#!/usr/bin/env python3
"""scripts/tune --device cuda with all that is real, but for the GPU: the stand-in driver runs the kernels, and counts."""

import ctypes
import unittest

from support import PROGRAMS, TuneTest

DRIVER = PROGRAMS / "fake_cuda"
ROWS = ["--device", "cuda", "--pattern", "b c -> b", "--params", "c", "--shape", "2,33000"]


def has_driver():
    try:
        return ctypes.CDLL("libcuda.so.1") is not None
    except OSError:
        return False


@unittest.skipUnless((DRIVER / "libcuda.so.1").exists(), "the stand-in driver is not built")
class StandIn(TuneTest):
    def environment(self):
        return {**super().environment(), "LD_LIBRARY_PATH": str(DRIVER)}

    def test_a_point_has_the_same_bits_and_another_count(self):
        done = self.tune(*ROWS, "--knobs", "loads:1", fakes=False)
        self.assertRegex(done.stdout, r"0\.\d+ times as fast as the default \((0\.\d+) to \1\), \d+\.00 instructions, the"
                                      " same bits")


@unittest.skipIf(has_driver(), "there is a driver")
class NoDriver(TuneTest):
    def test_it_is_told(self):
        self.assertIn("there is no GPU of CUDA", self.tune(*ROWS, "--knobs", "loads:1", fakes=False, code=1).stderr)


if __name__ == "__main__":
    unittest.main()
