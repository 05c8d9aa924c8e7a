"""The other examples: examples/c, through CMake and through pkg-config, and those for a field each; and pkg-config for C++."""
import re
import shlex
import shutil
import unittest

import installed
from installed import build, configure, copy_example, run


def pkg_config(test, name):
    """The flags of the installed package."""
    if shutil.which("pkg-config") is None:
        test.skipTest("there is no pkg-config")
    path = str(installed.prefix / "lib" / "pkgconfig")
    return shlex.split(run("pkg-config", "--cflags", "--libs", name, PKG_CONFIG_PATH=path))


class CTest(unittest.TestCase):
    def setUp(self):
        if not (installed.prefix / "include" / "axnorm.h").exists():
            self.skipTest("the C interface is not installed")

    def check(self, output):
        self.assertIn("layer norm  y = -6.6927 -3.2950 9.4881 ...", output)
        self.assertIn("group norm  y = -6.6926 -3.3713 9.2142 ...", output)
        self.assertIn("error 1: axnorm: unknown axis: it is on the right, but not on the left\n"
                      "  b c h w -> k\n"
                      "             ^\n", output)

    def test_cmake(self):
        folder = copy_example("c", "c_cmake")
        configure(folder)
        build(folder)
        self.check(run(folder / "build" / "c_example"))

    def test_pkg_config(self):
        flags = pkg_config(self, "axnorm")
        folder = copy_example("c", "c_pkg_config")
        program = folder / "c_example"
        run("cc", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-o", program, folder / "main.c", *flags, "-lm")
        self.check(run(program, LD_LIBRARY_PATH=str(installed.prefix / "lib")))

    def test_library_that_is_not_found(self):
        """As examples/c/README.md says."""
        flags = pkg_config(self, "axnorm")
        folder = copy_example("c", "c_rpath")
        command = ["cc", "-std=c99", "-o", folder / "c_example", folder / "main.c", *flags, "-lm"]
        run(*command)
        self.assertIn("libaxnorm.so.0.1: cannot open shared object file", run(folder / "c_example", fails=True))
        path = str(installed.prefix / "lib" / "pkgconfig")
        libdir = run("pkg-config", "--variable=libdir", "axnorm", PKG_CONFIG_PATH=path).strip()
        run(*command, f"-Wl,-rpath,{libdir}")
        self.check(run(folder / "c_example"))

    def test_dlpack_that_is_missing_is_named(self):
        output = configure(copy_example("c", "c_without_dlpack"), "-DAXNORM_DLPACK_INCLUDE_DIR=", fails=True)
        self.assertIn("apt-get install libdlpack-dev", output)


def build_example(name):
    folder = copy_example(name, name)
    configure(folder)
    build(folder)
    return folder / "build"


class SmallExamplesTest(unittest.TestCase):
    """Each compares with loops of its own, and its exit code says whether all is right."""

    def test_transformer(self):
        lines = run(build_example("transformer") / "transformer").splitlines()
        self.assertEqual([re.split("  +", line)[0] for line in lines],
                         ["RMS norm, bfloat16", "layer norm, float32", "q and k, bfloat16"])

    def test_diffusion(self):
        self.assertIn("group norm, float16 NHWC: largest error 0.", run(build_example("diffusion") / "diffusion"))

    def test_speech(self):
        self.assertIn("the padding stays", run(build_example("speech") / "speech"))


class PluginTest(unittest.TestCase):
    """Plugins of which only what is marked is to be exported: examples/plugin, and one that is compiled by hand."""

    def check(self, plugin, function):
        exported = [line.split(maxsplit=2)[2] for line in run("nm", "-DC", "--defined-only", plugin).splitlines()]
        self.assertIn(function, exported)
        # What is used of the standard library alone is exported by every shared library.
        self.assertEqual([name for name in exported if name != function and "std::" not in name], [])

    def test_cmake(self):
        folder = build_example("plugin")
        self.check(folder / "norms_plugin.so", "plugin_layer_norm")
        self.assertIn("layer norm of a plugin: largest difference", run(folder / "plugin", folder / "norms_plugin.so"))

    def test_pkg_config(self):
        flags = pkg_config(self, "axnorm-cxx")
        source = installed.source / "tests" / "cmake" / "plugins" / "plugin.cpp"
        plugin = installed.work / "plugin.so"
        run(installed.compiler, "-std=c++20", "-O1", "-fPIC", "-shared", "-fvisibility=hidden", "-Wl,-z,defs",
            '-DHEADER="axnorm_default.h"', source, *flags, "-o", plugin)
        self.check(plugin, "plugin")


class TunedTest(unittest.TestCase):
    def test_without_a_record(self):
        folder = copy_example("tuned", "tuned")
        configure(folder)
        build(folder)
        self.assertRegex(run(folder / "build" / "tuned"), r"^layer norm 8x2048x768: \d+ us, knobs ''$")


class TwoLibrariesTest(unittest.TestCase):
    def test_both_have_the_same_kernel(self):
        folder = copy_example("two_libraries", "two_libraries")
        configure(folder)
        build(folder)
        lines = run(folder / "build" / "two_libraries").splitlines()
        # Kernels for short rows come with each of them.
        listed = [line for line in lines if line.startswith(("library", "kernel")) and "_128_" not in line]
        self.assertEqual(sorted(listed), [
            "kernel decoder_norms_mean_var_kR_f32", "kernel decoder_norms_rms_kR_f32",
            "kernel encoder_norms_mean_var_kKr_f32", "kernel encoder_norms_mean_var_kR_f32",
            "library decoder_norms", "library encoder_norms"])
        results = [line for line in lines if " y = " in line]
        self.assertEqual([line.split(" y = ")[0].strip() for line in results], [
            "encoder layer norm", "encoder instance norm", "decoder layer norm", "decoder per head, rms"])
        # The same data, the same bits.
        values = [line.split(" y = ")[1].split(",")[0] for line in results]
        self.assertEqual(values[0], values[2])
