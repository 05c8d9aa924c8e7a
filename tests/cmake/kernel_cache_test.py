#!/usr/bin/env python3
"""The cache of kernels, with a program in place of the generator that counts its runs.

    kernel_cache_test.py --cmake cmake --script cmake/cached_kernel.cmake
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

arguments = None

# Writes the files of FILES, which hold its arguments but for the folder, and a line for each run. It fails where told.
GENERATOR = """#!{python}
import os, pathlib, sys
folder = pathlib.Path(sys.argv[sys.argv.index("-o") + 1])
with open(os.environ["RUNS"], "a", encoding="utf-8") as runs:
    runs.write("run\\n")
for name in ("a.o", "a-b.o"):
    (folder / name).write_text(name + " ".join(word for word in sys.argv[1:] if word != str(folder)) * 1000)
sys.exit("signature=bad" in sys.argv)
"""


class KernelCacheTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="axnorm-cache-")
        self.addCleanup(folder.cleanup)
        self.work = pathlib.Path(folder.name)
        self.cache, self.runs = self.work / "cache", self.work / "runs"
        self.runs.touch()
        self.program = self.write_program("first")

    def write_program(self, name, more="", halide="Halide"):
        folder = self.work / name
        folder.mkdir()
        program = folder / "axnorm-generator"
        program.write_text(GENERATOR.format(python=sys.executable) + more, encoding="utf-8")
        program.chmod(0o755)
        (folder / "libHalide.so").write_text(halide, encoding="utf-8")
        return program

    def start(self, name, *params, program=None, **environment):
        """Begins to make the files in work/name."""
        folder = self.work / name
        folder.mkdir(exist_ok=True)
        program = program or self.program
        variables = dict(os.environ, RUNS=str(self.runs), **environment)
        return subprocess.Popen(
            [arguments.cmake, f"-DCACHE={self.cache}", f"-DPROGRAM={program}", f"-DFOLDER={folder}",
             "-DFILES=a.o,a-b.o", "-P", arguments.script, "--", program, "-o", folder, "-g", "norm", "-f", "a", "-e",
             "object", *(params or ["signature=kR"])], env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def make(self, name, *params, **options):
        """The contents of the files in work/name, which are made now, and how often the generator ran."""
        before = len(self.runs.read_text().splitlines())
        process = self.start(name, *params, **options)
        output, _ = process.communicate()
        self.assertEqual(process.returncode, 0, output)
        contents = [(self.work / name / file).read_text() for file in ("a.o", "a-b.o")]
        self.assertEqual(sorted(path.name for path in (self.work / name).iterdir()), ["a-b.o", "a.o"])
        return contents, len(self.runs.read_text().splitlines()) - before

    def entries(self):
        return [path.parent for path in self.cache.rglob("hashes")]

    def test_the_same_files_without_a_run(self):
        first, runs = self.make("one")
        self.assertEqual(runs, 1)
        self.assertEqual(self.make("two"), (first, 0))
        self.assertEqual(self.make("one"), (first, 0))

    def test_files_are_new(self):
        self.make("one")
        os.utime(self.program, (10**9, 10**9))
        for path in self.cache.rglob("*"):
            os.utime(path, (10**9, 10**9))
        self.make("two")
        self.assertGreater((self.work / "two" / "a.o").stat().st_mtime, 1.5 * 10**9)

    def test_what_the_files_depend_on(self):
        self.make("one")
        self.assertEqual(self.make("two", "signature=rK")[1], 1)
        self.assertEqual(self.make("two", "signature=kR", "knob=1")[1], 1)
        self.assertEqual(self.make("two", program=self.write_program("another", "# changed"))[1], 1)
        self.assertEqual(self.make("two", program=self.write_program("halide", halide="halidE"))[1], 1)
        self.assertEqual(self.make("two", HL_LLVM_ARGS="-fast")[1], 1)
        self.assertEqual(self.make("two", program=self.write_program("moved"))[1], 0)

    def test_what_is_damaged_is_made_again(self):
        good, _ = self.make("one")
        for damage in (lambda entry: (entry / "a.o").write_text("a"), lambda entry: (entry / "a.o").unlink(),
                       lambda entry: (entry / "hashes").write_text(""), lambda entry: (entry / "hashes").unlink(),
                       lambda entry: (entry / "a-b.o").write_bytes((entry / "a-b.o").read_bytes()[:-1])):
            entry, = self.entries()
            damage(entry)
            self.assertEqual(self.make("two"), (good, 1))
            self.assertEqual(self.make("three"), (good, 0))
        for known in self.cache.glob("halide-*"):
            known.write_text("")
        self.assertEqual(self.make("two"), (good, 0))

    def test_many_at_once(self):
        good, _ = self.make("one")
        shutil.rmtree(self.cache)
        processes = [self.start(f"folder{i}") for i in range(8)]
        for process in processes:
            output, _ = process.communicate()
            self.assertEqual(process.returncode, 0, output)
        for i in range(8):
            self.assertEqual([(self.work / f"folder{i}" / name).read_text() for name in ("a.o", "a-b.o")], good)
        self.assertEqual(self.make("two"), (good, 0))
        self.assertEqual(len(self.entries()), 1)
        self.assertEqual(len([path for path in self.cache.rglob("*") if path.is_dir()]), 2, "something was left behind")

    def test_what_fails_is_not_kept(self):
        process = self.start("one", "signature=bad")
        process.communicate()
        self.assertNotEqual(process.returncode, 0)
        self.assertEqual(self.entries(), [])


def main():
    global arguments
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cmake", required=True)
    parser.add_argument("--script", required=True, type=pathlib.Path)
    arguments, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
