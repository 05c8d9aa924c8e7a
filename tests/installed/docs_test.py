"""Every code block of README and docs/, against what is installed: it compiles, runs, and prints what stands below it."""
import json
import os
import re
import shutil
import unittest

import doc_blocks
import installed
from installed import build, configure, run

LANGUAGES = {"cpp", "c", "cmake", "sh", "json", "text"}
# Each says why, and so does a page. A block that can be run in a second is.
MOST_BLOCKS_THAT_ARE_NOT_RUN = 5
PAGES_THAT_ARE_NOT_RUN = {"docs/tuning.md"}
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
PROJECT = """cmake_minimum_required(VERSION 3.25)
project(docs LANGUAGES C CXX)
set(CMAKE_BUILD_TYPE Release)
"""


class DocsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.blocks = doc_blocks.all_blocks(installed.source)
        cls.folder = installed.work / "docs"
        cls.folder.mkdir()

    def of(self, *languages, marked=None):
        return [block for block in self.blocks if block.language in languages and (marked is None or marked in block.marks)]

    def check_output(self, block, output):
        if block.output is not None:
            self.assertRegex(output, re.compile(f"\\A{doc_blocks.output_pattern(block.output).pattern}\\Z"))

    def test_languages(self):
        self.assertEqual({block.language for block in self.blocks} - LANGUAGES, set())
        for block in self.of("json"):
            for line in block.text.splitlines():
                json.loads(line)

    def test_what_is_not_run(self):
        marked = self.of("sh", "cmake", marked="not run")
        self.assertLessEqual(len(marked), MOST_BLOCKS_THAT_ARE_NOT_RUN)
        for block in marked:
            programs, _, reason = block.marks["not run"].partition(": ")
            self.assertTrue(reason, f"{block}: why is it not run?")
            named = set(programs.split(", "))
            self.assertEqual({word for word in re.findall(r"scripts/\w+", block.text)} - named, set(), str(block))
        pages = {block.page: block.marks["this page is not run"] for block in self.of(*LANGUAGES, marked="this page is not run")}
        self.assertEqual(set(pages), PAGES_THAT_ARE_NOT_RUN)
        self.assertTrue(all(pages.values()), "why is it not run?")

    def test_commands_that_are_not_run_exist(self):
        """Scripts, and the options that they are given."""
        files = [path for folder in ("scripts", "tune/axnorm_tune", "bench")
                 for path in (installed.source / folder).rglob("*") if path.is_file() and path.suffix in ("", ".py", ".h", ".cpp")]
        sources = "\n".join(path.read_text(encoding="utf-8") for path in files)
        for block in self.of("sh"):
            for line in block.text.splitlines() if not block.is_run else []:
                line = line.partition(" #")[0]
                for script in re.findall(r"(scripts/\w+)", line):
                    self.assertTrue(os.access(installed.source / script, os.X_OK), f"{block}: there is no {script}")
                for option in re.findall(r"(?<= --)[a-z][\w-]+", line) if "scripts/" in line else []:
                    # Google Benchmark's are not ours.
                    if not option.startswith("benchmark_"):
                        self.assertRegex(sources, rf"\b{option}\b|\b{option.replace('-', '_')}\b", f"{block}: --{option}")

    def test_cpp(self):
        blocks = self.of("cpp")
        source, program = self.folder / "blocks.cpp", self.folder / "blocks"
        source.write_text(doc_blocks.cpp_source(blocks), encoding="utf-8")
        lib = installed.prefix / "lib"
        run(installed.compiler, "-std=c++20", "-O0", *WARNINGS, "-I", installed.prefix / "include", source, "-o", program,
            f"-L{lib}", "-laxnorm_default", "-laxnorm_runtime", "-lpthread", "-ldl")
        for block in blocks:
            if block.is_run:
                with self.subTest(block=str(block)):
                    self.check_output(block, run(program, block))

    def test_c(self):
        for block in self.of("c"):
            with self.subTest(block=str(block)):
                folder = self.folder / f"c_{block.line}"
                folder.mkdir()
                (folder / "main.c").write_text(block.text, encoding="utf-8")
                lib = installed.prefix / "lib"
                run("cc", "-std=c99", *WARNINGS, folder / "main.c", "-I", installed.prefix / "include", f"-L{lib}", "-laxnorm",
                    f"-Wl,-rpath,{lib}", "-o", folder / "main")
                self.check_output(block, run(folder / "main"))

    def test_commands(self):
        """In a folder for each page, where the page's last C program is main.c."""
        if shutil.which("pkg-config") is None:
            self.skipTest("there is no pkg-config")
        environment = {"PATH": f"{installed.prefix / 'bin'}:{os.environ['PATH']}",
                       "PKG_CONFIG_PATH": str(installed.prefix / "lib" / "pkgconfig")}
        for block in self.of("sh"):
            if not block.is_run:
                continue
            with self.subTest(block=str(block)):
                folder = self.folder / block.page.replace("/", "_")
                folder.mkdir(exist_ok=True)
                programs = [other for other in self.of("c") if other.page == block.page and other.line < block.line]
                if programs:
                    (folder / "main.c").write_text(programs[-1].text, encoding="utf-8")
                output = run("bash", "-eu", "-c", block.before + "\n" + block.text, cwd=folder, **environment)
                self.check_output(block, output)

    def test_cmake(self):
        """CMake checks every pattern. Compiled are README's kernels alone, for README's program: those of examples/consumer."""
        for block in self.of("cmake"):
            if not block.is_run:
                continue
            with self.subTest(block=str(block)):
                folder = self.folder / f"{block.page.replace('/', '_')}_{block.line}"
                folder.mkdir()
                (folder / "CMakeLists.txt").write_text(PROJECT + block.text, encoding="utf-8")
                program = next((other for other in self.of("cpp", "c") if other.page == block.page), self.of("cpp")[0])
                for file in re.findall(r"\bmain\.cp*", block.text):
                    text = program.text.replace("axnorm_default.h", "my_norms.h") if "my_norms" in block.text else program.text
                    (folder / file).write_text(text, encoding="utf-8")
                refused = block.marks.get("refused")
                output = configure(folder, fails=bool(refused))
                if refused:
                    self.assertIn(refused, " ".join(output.split()))
                elif block.page == "README.md" or "KERNEL" not in block.text:
                    build(folder)
                    self.check_output(program, run(folder / "build" / "mine"))


class LinksTest(unittest.TestCase):
    def test_links(self):
        """What README and docs/ link to in the tree is there; scripts/docs looks at the links within the site, headings too."""
        for path in [installed.source / "README.md", *(installed.source / "docs").glob("*.md")]:
            for target in re.findall(r"\]\(([^)#]+)", path.read_text(encoding="utf-8")):
                if not target.startswith("https:"):
                    self.assertTrue((path.parent / target).exists(), f"{path}: {target}")

    def test_paths(self):
        """Files that README, CONTRIBUTING and docs/ name by their path from the root."""
        folders = "|".join(path.name for path in installed.source.iterdir()
                           if path.is_dir() and path.name.isalpha() and path.name != "build")
        for path in [installed.source / "README.md", installed.source / "CONTRIBUTING.md",
                     *(installed.source / "docs").glob("*.md")]:
            for name in re.findall(rf"`((?:{folders})/[\w./-]*)`", path.read_text(encoding="utf-8")):
                self.assertTrue((installed.source / name).exists(), f"{path}: {name}")
