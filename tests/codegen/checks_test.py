#!/usr/bin/env python3
"""The checks themselves: each of them finds its fault, in the code of a kernel that is made worse.

    checks_test.py FILECHECK GENERATOR FOLDER LIBRARY [unittest's options]

As for check.py; LIBRARY is the source of the default library, which lists its kernels.
"""
import dataclasses
import pathlib
import re
import sys
import unittest

import assembly
import families
from check import use_filecheck

KERNEL = families.Kernel("kR", "mean_var", "avx2")


class Checks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.filecheck = use_filecheck(FILECHECK, FOLDER)
        cls.family = families.family_of(KERNEL.signature)
        cls.code, cls.stmt = KERNEL.compile(GENERATOR, FOLDER)

    def faults(self, code=None, stmt=None):
        import checks

        found = checks.faults(self.filecheck, self.family, KERNEL, KERNEL.numbers(GENERATOR), code or self.code,
                              stmt or self.stmt)
        return {name.rsplit(": ")[-1] for name, _ in found}

    def changed(self, role, pattern, replacement):
        """The first match in the hot loops of this role is replaced."""
        for loop in self.family.hot_loops(role, KERNEL.isa, assembly.loops_of(self.code)):
            for block in loop.hot_blocks():
                old = "\n".join(block.lines) + "\n"
                new, count = re.subn(pattern, replacement, old, count=1, flags=re.M)
                if count:
                    self.assertIn(old, self.code)
                    return self.code.replace(old, new, 1)
        self.fail(f"{pattern} is not in {role}")

    def inserted(self, role, line):
        return self.changed(role, r"^\t(?=vadd|vsub)", f"\t{line}\n\t")

    def test_the_kernel_as_it_is(self):
        self.assertEqual(self.faults(), set())

    def test_multiply_adds(self):
        one_less = self.changed("sums", r"^\tvfmadd231ps.*\n", "")
        self.assertEqual(self.faults(one_less), {"SUMS-FMAS"})
        more = self.inserted("normalize", "vfmadd231ps\t%ymm1, %ymm1, %ymm1")
        self.assertEqual(self.faults(more), {"NORMALIZE-FMAS"})

    def test_counts_follow_the_knobs(self):
        import checks

        other = dataclasses.replace(KERNEL, knobs="row_vector:16")
        compiled = other.compile(GENERATOR, FOLDER)
        numbers = other.numbers(GENERATOR)
        self.assertEqual(numbers["row_vector"], 16)
        self.assertEqual(list(checks.faults(self.filecheck, self.family, other, numbers, *compiled)), [])
        found = checks.faults(self.filecheck, self.family, other, KERNEL.numbers(GENERATOR), *compiled)
        self.assertEqual({name.rsplit(": ")[-1] for name, _ in found}, {"NORMALIZE-FMAS", "NORMALIZE-STORES"})

    def test_width(self):
        for width in "xz":
            other = self.changed("sums", r"\tvaddps\t%y(mm\d+), %y(mm\d+), %y",
                                 rf"\tvaddps\t%{width}\1, %{width}\2, %{width}")
            self.assertEqual(self.faults(other), {"YMM-WIDTH"})

    def test_elements(self):
        for line in ("vfmadd231ss\t%xmm1, %xmm1, %xmm1", "vmovss\t(%rdi), %xmm0", "vmulsd\t(%rdi), %xmm0, %xmm0",
                     "vinsertps\t$16, (%rsi,%r9,4), %xmm0, %xmm0", "vgatherdps\t%ymm1, (%rdi,%ymm2,4), %ymm3",
                     "vbroadcastss\t12(%rdi,%rax), %ymm0", "callq\texpf@PLT", "vdivps\t%ymm0, %ymm1, %ymm2",
                     "vcvtps2pd\t%xmm0, %ymm1"):
            with self.subTest(line):
                found = self.faults(self.inserted("sums", line))
                self.assertEqual(found - {"SUMS-FMAS"}, {"ELEMENTS"})

    def test_spills(self):
        vector = "vmovaps\t%ymm0, %ymm1  # 32-byte Reload"
        for role in ("sums", "normalize"):
            self.assertEqual(self.faults(self.inserted(role, vector)), {"VECTOR-SPILLS"})
        scalar = "testb\t$1, 48(%rsp)  # 1-byte Folded Reload"
        self.assertEqual(self.faults(self.inserted("sums", scalar)), {"SCALAR-SPILLS"})
        # A few are known there.
        self.assertEqual(self.faults(self.inserted("normalize", "\n\t".join([scalar] * 9))), {"SCALAR-SPILLS"})

    def test_stores(self):
        store = "vmovups\t%ymm0, (%rdi,%rax,4)"
        self.assertEqual(self.faults(self.inserted("sums", store)), {"SUMS-STORES"})
        self.assertEqual(self.faults(self.inserted("normalize", store)), {"NORMALIZE-STORES"})

    def test_loops_that_are_not_found(self):
        self.assertEqual(self.faults(self.code.replace("deviation_joint", "other")), {"no such loop"})
        self.assertEqual(self.faults(self.code.replace("r0.ro.ro", "r0.other")), {"no such loop"})
        self.assertEqual(self.faults(self.code.replace("callq\taxnorm_stream", "callq\tother")),
                         {"no such loop that streams"})

    def test_stream(self):
        self.assertEqual(self.faults(stmt=self.stmt.replace("y_tile[", "y[")), {"STREAM-CALL", "STREAM-STORES"})
        self.assertEqual(self.faults(stmt=self.stmt.replace("axnorm_stream", "memcpy")), {"STREAM-CALL"})
        first_store = re.sub(r"^( *)y_tile\[.*$", r"\g<0>\n\1y[0] = 0.0f", self.stmt, count=1, flags=re.M)
        self.assertEqual(self.faults(stmt=first_store), {"STREAM-STORES"})
        no_branch = self.stmt.replace("if ((uint1)stream", "if (other")
        self.assertEqual(self.faults(stmt=no_branch), {"no branch for `stream`"})

    def test_stream_of_one_loop(self):
        stmt = "\n".join(["let y_to = select(is_streamed, y_tile, y)", "y_to[0] = 0.0f", "if (is_streamed) {",
                          " axnorm_stream(y, y_tile)", "}"])

        def faults(text):
            import checks

            return {name for name, _ in checks.stream_faults(self.filecheck, text)}

        self.assertEqual(faults(stmt), set())
        self.assertEqual(faults(stmt.replace("if (is_streamed", "if (other")), {"EITHER-CALL"})
        self.assertEqual(faults(stmt.replace("y_to[", "y[")), {"EITHER-CALL", "STREAM-STORES"})
        self.assertEqual(faults(stmt.replace("select(is_streamed", "select(other")), {"no branch for `stream`"})

    def test_every_kernel_of_the_default_library_is_checked(self):
        functions = re.findall(r"axnorm_default_(?:mean_var|rms)_([kKrR0-9_]+)_f32_argv\(", LIBRARY.read_text())
        self.assertGreater(len(functions), 50)
        for signature in {name.replace("_", "-") for name in functions}:
            self.assertIsNotNone(families.family_of(signature), f"{signature} is in the KERNELS of no check file")


if __name__ == "__main__":
    FILECHECK, GENERATOR, FOLDER, LIBRARY = map(pathlib.Path, sys.argv[1:5])
    unittest.main(argv=sys.argv[:1] + sys.argv[5:])
