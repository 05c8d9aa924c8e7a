"""Conan 2: axnorm from the tree that this file lies in.

    conan create packaging/conan --build=missing
    conan create packaging/conan -o "&:default_library=False"    # for kernels of your own alone: a minute

Programs find it as everywhere, by find_package(axnorm) of its own CMake package. Halide is downloaded with pip where
the configuration user.axnorm:halide_dir names no folder that has it (AXNORM_HALIDE_DIR of CMake).
"""
import os
import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load
from conan.tools.system.package_manager import Apt

ROOT = os.path.join("..", "..")
SOURCES = ("cmake", "generators", "include", "runtime", "schedules", "examples")


class AxnormConan(ConanFile):
    name = "axnorm"
    description = "Normalization kernels from axis patterns, compiled ahead of time"
    license = "Apache-2.0"
    topics = ("normalization", "halide", "einops")
    package_type = "static-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"default_library": [True, False], "c_interface": [True, False], "command": [True, False],
               "cuda": [True, False]}
    default_options = {"default_library": True, "c_interface": False, "command": False, "cuda": False}

    def set_version(self):
        text = load(self, os.path.join(self.recipe_folder, ROOT, "CMakeLists.txt"))
        self.version = re.search(r"project\(axnorm VERSION ([\d.]+)", text).group(1)

    def export_sources(self):
        root = os.path.join(self.recipe_folder, ROOT)
        for name in ("CMakeLists.txt", "LICENSE", "README.md", "CHANGELOG.md"):
            copy(self, name, root, self.export_sources_folder)
        for folder in SOURCES:
            copy(self, f"{folder}/*", root, self.export_sources_folder)

    def validate(self):
        check_min_cppstd(self, 20)
        if self.settings.os != "Linux" or self.settings.arch != "x86_64":
            raise ConanInvalidConfiguration("axnorm is for x86-64 on Linux so far")
        if (self.options.c_interface or self.options.command) and not self.options.default_library:
            raise ConanInvalidConfiguration("the C interface and the command have the kernels of the default library")

    def system_requirements(self):
        apt = Apt(self)
        if self.options.c_interface:
            apt.install(["libdlpack-dev"], check=True)
        if self.options.command:
            apt.install(["libcli11-dev"], check=True)

    def layout(self):
        cmake_layout(self)

    def generate(self):
        toolchain = CMakeToolchain(self)
        parts = {"DEFAULT_LIBRARY": self.options.default_library, "C": self.options.c_interface,
                 "CLI": self.options.command, "CUDA": self.options.cuda,
                 "TESTS": False, "BENCH": False, "TUNE": False, "EXAMPLES": False}
        for part, value in parts.items():
            toolchain.cache_variables[f"AXNORM_BUILD_{part}"] = bool(value)
        toolchain.cache_variables["AXNORM_UNITY_BUILD"] = True
        halide = self.conf.get("user.axnorm:halide_dir")
        if halide:
            toolchain.cache_variables["AXNORM_HALIDE_DIR"] = halide
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))

    def package_info(self):
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = [os.path.join("lib", "cmake", "axnorm")]
