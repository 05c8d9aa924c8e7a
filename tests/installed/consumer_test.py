"""A project that finds the installed axnorm: examples/consumer, and what is built again where its list changes."""
import math
import re
import resource
import time
import unittest

import installed
from installed import build, configure, copy_example, run, times, write_project


def sample(count, low):
    return [low + i * 37 % 101 / 10 for i in range(count)]


def normalized(x, scale, shift, groups, group_of):
    """The first three values, by plain loops."""
    members = [[x[i] for i in range(len(x)) if group_of(i) == g] for g in range(groups)]
    means = [sum(m) / len(m) for m in members]
    rstds = [1 / math.sqrt(sum((v - mean) ** 2 for v in m) / len(m) + 1e-5) for m, mean in zip(members, means)]
    return [(x[i] - means[group_of(i)]) * rstds[group_of(i)] * scale[i] + shift[i] for i in range(3)]


def expected_group_norm(groups, size, pixels=30):
    """The first image of examples/consumer/main.cpp."""
    channels = groups * size
    return normalized(sample(pixels * channels, 100), sample(channels, 1), sample(channels, -5), groups,
                      lambda i: i % channels // size)


class ConsumerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = copy_example("consumer", "consumer")
        configure(cls.folder)
        build(cls.folder)
        cls.program = cls.folder / "build" / "consumer"

    def test_it_has_three_files(self):
        files = [path.name for path in (installed.source / "examples" / "consumer").iterdir()]
        self.assertEqual(sorted(files), ["CMakeLists.txt", "main.cpp", "reference.h"])

    def test_values(self):
        expected = {"layer norm": normalized(sample(96, 100), sample(96, 1), sample(96, -5), 1, lambda i: 0),
                    "group norm 32x4": expected_group_norm(32, 4), "group norm 3x5": expected_group_norm(3, 5)}
        lines = run(self.program).splitlines()
        self.assertEqual(len(lines), 3)
        for line in lines:
            name, values, difference = re.fullmatch(r"(.*?) +y = (.*) \.\.\., largest difference (.*)", line).groups()
            for value, wanted in zip(values.split(), expected[name]):
                self.assertAlmostEqual(float(value), wanted, delta=1e-4)
            self.assertLess(float(difference), 1e-5)

    def test_it_needs_no_halide(self):
        needed = re.findall(r"NEEDED.*\[(.*)\]", run("readelf", "-d", self.program))
        self.assertTrue(needed)
        for library in needed:
            self.assertRegex(library, r"^(libstdc\+\+|libm|libgcc_s|libc|libdl|libpthread|ld-linux-x86-64)\.so\.")


class FirstResultTest(unittest.TestCase):
    BAR = 20  # seconds, on two cores

    def test_a_new_project(self):
        """From find_package() to the first result, with nothing that an earlier build has left."""
        folder = write_project(
            installed.work / "first_result",
            ['axnorm_add_library(norms KERNEL "b t c -> b t" PARAMS "c"'
             ' KERNEL "b (g n) h w -> b g" PARAMS "(g n)" MEMORY "b h w g n")'], [("program", "layer_norm.cpp", "norms")])
        begin, cpu_begin = time.monotonic(), cpu_of_children()
        configure(folder, "-DAXNORM_KERNEL_CACHE=", "-DCMAKE_CXX_COMPILER_LAUNCHER=")
        build(folder)
        run(folder / "build" / "program")
        seconds, cpu = time.monotonic() - begin, cpu_of_children() - cpu_begin
        print(f"two kernels: {seconds:.1f} s, {cpu:.1f} s of CPU ... ", end="")
        # Kernels are compiled side by side: two cores that have nothing else to do take half of the CPU time. Where others
        # are at work, too, that is what counts.
        self.assertLess(min(seconds, cpu / 2), self.BAR)


def cpu_of_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class RebuildTest(unittest.TestCase):
    BAR = 8  # seconds, for one more kernel

    def test_one_more_kernel(self):
        programs = [("program", "layer_norm.cpp", "norms")]
        first = 'axnorm_add_library(norms KERNEL "b t c -> b t" PARAMS "c"'
        folder = write_project(installed.work / "rebuild", [first + ")"], programs)
        configure(folder)
        build(folder)
        before = times(folder / "build" / "norms", "*.o")
        self.assertTrue(before)

        write_project(folder, [first + ' KERNEL "b c h w -> b c" PARAMS "c")'], programs)
        begin = time.monotonic()
        build(folder)
        seconds = time.monotonic() - begin
        print(f"one more kernel: {seconds:.1f} s ... ", end="")

        after = times(folder / "build" / "norms", "*.o")
        self.assertGreater(len(after), len(before))
        self.assertEqual(before, {path: after[path] for path in before}, "kernels were compiled again")
        self.assertLess(seconds, self.BAR)

    def test_nothing_changed(self):
        folder = write_project(installed.work / "unchanged", ['axnorm_add_library(norms KERNEL "b t c -> b t")'], [])
        configure(folder)
        build(folder)
        before = times(folder / "build" / "norms", "*.o", "*.h", "*.cpp")
        configure(folder)
        build(folder)
        self.assertEqual(before, times(folder / "build" / "norms", "*.o", "*.h", "*.cpp"))
