"""What all tests of the installed tree share: the tree, and how to run commands and to build projects with it."""
import os
import shutil
import subprocess

# Set by install(): paths, and the commands to build with.
source = build_tree = halide = work = first_prefix = prefix = None
cmake = compiler = generator = config = None


def run(*command, cwd=None, fails=False, **environment):
    """What the command prints. Its exit code has to be 0, or another one where it `fails`."""
    # Messages in English, and libraries from where programs themselves look for them.
    variables = {name: value for name, value in os.environ.items() if name not in ("LD_LIBRARY_PATH", "LD_PRELOAD")}
    variables.update(environment, LC_ALL="C")
    command = [str(word) for word in command]
    result = subprocess.run(command, cwd=cwd, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            errors="replace", check=False)
    if (result.returncode != 0) != fails:
        raise AssertionError(f"exit code {result.returncode} of {' '.join(command)}:\n{result.stdout}")
    return result.stdout


def install(arguments, folder):
    """Installs the build tree under `folder`, and moves what was installed."""
    global source, build_tree, halide, work, first_prefix, prefix, cmake, compiler, generator, config
    source, build_tree, halide, work = arguments.source, arguments.build, arguments.halide, folder
    cmake, compiler = arguments.cmake, arguments.compiler
    generator, config = arguments.generator, arguments.config
    first_prefix, prefix = folder / "first" / "prefix", folder / "moved"
    run(cmake, "--install", build_tree, "--config", config, "--prefix", first_prefix)
    first_prefix.rename(prefix)


def configure(folder, *options, tree=None, program=None, fails=False):
    """What CMake says. The project is built in folder/build."""
    return run(program or cmake, "-S", folder, "-B", folder / "build", "-G", generator, "-Wno-dev",
               f"-DCMAKE_PREFIX_PATH={tree or prefix}", f"-DCMAKE_CXX_COMPILER={compiler}", *options, fails=fails)


def build(folder, *targets):
    """Builds these targets, or all."""
    return run(cmake, "--build", folder / "build", "--parallel", os.cpu_count(), "--target", *(targets or ["all"]))


def copy_example(name, to):
    """A copy of examples/<name>, in a folder of its own."""
    shutil.copytree(source / "examples" / name, work / to)
    return work / to


def write_project(folder, libraries, programs):
    """A project with these calls of axnorm_add_library, and of each (name, source, library) a program.

    The first call stands in line 5 of CMakeLists.txt.
    """
    lines = ["cmake_minimum_required(VERSION 3.25)", "project(test LANGUAGES CXX)",
             "set(CMAKE_BUILD_TYPE Release)", "find_package(axnorm REQUIRED)", *libraries]
    for name, file, library in programs:
        path = source / "tests" / "installed" / "programs" / file
        lines += [f'add_executable({name} "{path}")', f"target_link_libraries({name} PRIVATE {library})",
                  f'target_compile_definitions({name} PRIVATE HEADER="{library}.h")']
    folder.mkdir(exist_ok=True)
    (folder / "CMakeLists.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def needs_release(test):
    """Skips the test where users would not get what was built."""
    if config != "Release":
        test.skipTest(f"this is for Release, not for {config}")


def times(folder, *patterns):
    """When the files of a folder that match were last written."""
    return {path: path.stat().st_mtime_ns for pattern in patterns for path in folder.rglob(pattern)}
