"""Lists of kernels: what is refused while CMake configures, and what EXTENTS and STRICT do to calls."""
import unittest

import installed
from installed import build, configure, run, times, write_project

GOOD = 'KERNEL "b t c -> b t" PARAMS "c"'
GROUP_NORM = 'KERNEL "b (g n) h w -> b g" PARAMS "(g n)"'


def words_under_carets(output, text):
    """What the carets under `text` point to."""
    lines = output.splitlines()
    for line, below in zip(lines, lines[1:]):
        if text in line and set(below) == {" ", "^"}:
            return line[below.index("^"):].split(" ")[0]
    return None


def write_library(words):
    return write_project(installed.work / "refusals", [f"axnorm_add_library(norms {words})"],
                         [("program", "layer_norm.cpp", "norms")])


class RefusalTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = write_library(GOOD)
        configure(cls.folder)
        build(cls.folder)
        cls.built = cls.files()
        assert cls.built

    @classmethod
    def files(cls):
        """What is generated and built, and when."""
        return times(cls.folder / "build", "*.o", "*.a", "norms.h", "norms.cpp", "build.ninja", "build.make", "program")

    def check(self, words, *messages):
        """CMake says these messages and the place of the call, and has changed nothing."""
        write_library(words)
        # CMake breaks long lines; those that are set in stay.
        output = configure(self.folder, fails=True)
        one_line = " ".join(output.split())
        for message in messages:
            self.assertIn(" ".join(message.split()), one_line)
        self.assertIn("CMakeLists.txt:5 (axnorm_add_library)", output)
        self.assertEqual(self.built, self.files(), "files were made or changed")
        return output

    def test_the_last_good_build_goes_on(self):
        self.check(f'{GOOD} KERNEL "b c -> k"', "unknown axis")
        write_library(GOOD)
        build(self.folder)
        kernels = {path: time for path, time in self.built.items() if path.parent.name == "norms"}
        self.assertEqual(kernels, {path: time for path, time in self.files().items() if path.parent.name == "norms"})
        run(self.folder / "build" / "program")
        type(self).built = self.files()

    def test_unknown_axis(self):
        output = self.check(f'{GOOD} KERNEL "b c h w -> b k"', "KERNEL 2 'b c h w -> b k'",
                            "unknown axis: it is on the right, but not on the left")
        self.assertEqual(words_under_carets(output, "b c h w -> b k"), "k")

    def test_unclosed_group(self):
        output = self.check('KERNEL "b (g n h w -> b g"', "KERNEL 1 'b (g n h w -> b g'")
        self.assertEqual(words_under_carets(output, "b (g n h w -> b g"), "(g")

    def test_unknown_axis_in_params(self):
        output = self.check('KERNEL "b c h w -> b" PARAMS "c k"', "KERNEL 1 'b c h w -> b'")
        self.assertEqual(words_under_carets(output, "c k"), "k")

    def test_unknown_keyword(self):
        self.check(f"{GOOD} SPEED fast", "'SPEED' behind PARAMS is no keyword; there are KERNEL, PARAMS, MEMORY")

    def test_word_before_the_first_kernel(self):
        self.check(f"FAST {GOOD}", "'FAST' stands before the first KERNEL; only CANONICAL, INSTRUCTION_SETS, SCHEDULES, SANITIZE and DEBUG may")

    def test_unknown_instruction_set(self):
        self.check(f"INSTRUCTION_SETS sse {GOOD}", "INSTRUCTION_SETS 'sse': it is one of baseline, avx2, avx512")

    def test_instruction_sets_behind_a_kernel(self):
        self.check(f"{GOOD} INSTRUCTION_SETS avx2", "INSTRUCTION_SETS is for the whole library: it stands before")

    def test_no_kernel(self):
        self.check("", "there is no KERNEL")

    def test_kernel_without_pattern(self):
        self.check("KERNEL PARAMS c", "KERNEL has no value")

    def test_strict_without_extents(self):
        self.check(f"{GOOD} STRICT", "STRICT without EXTENTS")

    def test_params_twice(self):
        self.check(f'{GOOD} PARAMS "c"', "PARAMS is given twice")

    def test_same_kernel_twice(self):
        self.check(f"{GOOD} {GOOD}", "KERNEL 2 'b t c -> b t': it is listed twice")

    def test_unknown_statistic(self):
        self.check(f"{GOOD} STATISTIC median", "STATISTIC 'median': it is one of mean_var, rms")

    def test_unknown_dtype(self):
        self.check(f"{GOOD} DTYPES float32:half", "DTYPES 'float32:half': it is one of float32, float64, float16")

    def test_unknown_device(self):
        self.check(f"{GOOD} DEVICES gpu", "DEVICES 'gpu': it is one of cpu, cuda, opencl")

    def test_unknown_axis_in_extents(self):
        self.check(f"{GOOD} EXTENTS k=4", "EXTENTS: there is no axis 'k'")

    def test_extents_without_length(self):
        self.check(f"{GOOD} EXTENTS c=", "EXTENTS 'c=': it is <axis>=<length>[,<length>...], each length at least 1")

    def test_memory_that_misses_an_axis(self):
        self.check(f'{GROUP_NORM} MEMORY "b h w g"', "KERNEL 1 'b (g n) h w -> b g'", "'n'")

    def test_name_that_is_no_identifier(self):
        write_project(self.folder, [f"axnorm_add_library(my-norms {GOOD})"], [])
        output = configure(self.folder, fails=True)
        self.assertIn("axnorm_add_library(my-norms): the library's name has to be a C++ identifier",
                      " ".join(output.split()))


class DebuggingTest(unittest.TestCase):
    """Kernels of SANITIZE and DEBUG, and rows of x that end before they should."""

    @classmethod
    def setUpClass(cls):
        kernel = 'KERNEL "b c -> b"'
        programs = [(name + "_program", "short_rows.cpp", name) for name in ("plain", "checked", "raced")]
        cls.folder = write_project(installed.work / "debugging", [
            f"axnorm_add_library(plain INSTRUCTION_SETS baseline {kernel})",
            f"axnorm_add_library(checked INSTRUCTION_SETS baseline SANITIZE address DEBUG {kernel})",
            f"axnorm_add_library(raced INSTRUCTION_SETS baseline SANITIZE thread {kernel})"], programs)
        with open(cls.folder / "CMakeLists.txt", "a", encoding="utf-8") as file:
            for name, sanitizer in (("plain", "address"), ("checked", "address"), ("raced", "thread")):
                file.write(f"target_compile_options({name}_program PRIVATE -g -fsanitize={sanitizer})\n"
                           f"target_link_options({name}_program PRIVATE -fsanitize={sanitizer})\n")
        configure(cls.folder)
        build(cls.folder)

    def program(self, name):
        return self.folder / "build" / f"{name}_program"

    def test_a_sanitizer_sees_kernels(self):
        self.assertEqual(run(self.program("plain"), "64", "60"), "done\n")
        output = run(self.program("checked"), "64", "60", fails=True)
        self.assertIn("heap-buffer-overflow", output)
        # The stack goes on from the kernel to the program.
        self.assertRegex(output, r"(?s)READ of size .* in checked_mean_var_kr_f32.*normalize.* in main ")

    def test_nothing_is_seen_where_nothing_is_wrong(self):
        for name in ("plain", "checked", "raced"):
            self.assertEqual(run(self.program(name), "64", "64"), "done\n")

    def test_kernels_call_the_sanitizer(self):
        undefined = {name: run("nm", "-u", *(self.folder / "build" / name).glob("*.o")) for name in ("plain", "checked", "raced")}
        self.assertNotIn("san_", undefined["plain"])
        self.assertIn("__asan_report", undefined["checked"])
        self.assertIn("__tsan_read", undefined["raced"])


class DevicesTest(unittest.TestCase):
    def test_a_program_runs_without_a_driver(self):
        folder = write_project(installed.work / "devices",
                               ['axnorm_add_library(norms KERNEL "b c -> b" PARAMS "c" DEVICES cpu cuda)'],
                               [("program", "device.cpp", "norms")])
        configure(folder)
        build(folder)
        cpu, cuda, error = run(folder / "build" / "program").splitlines()[:3]
        self.assertEqual(cpu, "cpu: right")
        self.assertEqual(cuda, "cuda: norms_mean_var_kR_256_f32_cuda_aligned")
        self.assertRegex(error, "no CUDA driver could be loaded|cuda:0|there is a driver")


class ExtentsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        words = f'{GROUP_NORM} MEMORY "b h w g n" EXTENTS n=4'
        folder = write_project(installed.work / "extents",
                               [f"axnorm_add_library(loose {words})", f"axnorm_add_library(strict {words} STRICT)"],
                               [(name + "_program", "extents.cpp", name) for name in ("loose", "strict")])
        configure(folder)
        build(folder)
        cls.loose, cls.strict = (run(folder / "build" / f"{name}_program").splitlines() for name in ("loose", "strict"))

    def test_the_extents_have_a_kernel_of_their_own(self):
        self.assertEqual(self.loose[0], "n=4: right, loose_mean_var_krKR4_f32")
        self.assertEqual(self.strict[0], "n=4: right, strict_mean_var_krKR4_f32")

    def test_others_run_with_the_general_kernel(self):
        self.assertEqual(self.loose[1], "n=3: right, loose_mean_var_krKR_32_f32")

    def test_strict_refuses_others(self):
        error = "\n".join(self.strict[1:])
        self.assertRegex(error, r"^n=3: axnorm: no linked kernel serves signature \w+ \(extents 20 x 8 x 3\)")
        print(error, "... ", end="")
