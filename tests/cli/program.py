"""Runs the program axnorm, and reads what it prints."""

import os
import pathlib
import re
import shlex
import subprocess
import tempfile
import unittest

PATH = ""  # of the program
KERNELS = ""  # that of axnorm-kernels
LARGEST = str(2**63 - 1)


def run(*arguments, **environment):
    return subprocess.run([PATH, *arguments], capture_output=True, encoding="utf-8", check=False,
                          timeout=60, env={**os.environ, **environment})


def cells_of(line):
    return re.split(r"  +", line.strip())


def facts(text):
    """The labelled lines; what goes on in the next line is left out."""
    return dict(cells_of(line)[:2] for line in text.splitlines() if len(cells_of(line)) > 1)


def table(text, title):
    """The rows below the heading that begins with this title, each a list of cells."""
    lines = [cells_of(line) for line in text.splitlines()]
    begin = next(i for i, cells in enumerate(lines) if cells[0] == title) + 1
    end = next((i for i in range(begin, len(lines)) if lines[i] == [""]), len(lines))
    return lines[begin:end]


def library_of(line):
    """The header of a library that is made of a line of axnorm_add_library()."""
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "listed.words").write_text("\n".join(shlex.split(line)) + "\n", encoding="utf-8")
        subprocess.run([KERNELS, "listed", folder, "here"], check=True, capture_output=True, timeout=60)
        return pathlib.Path(folder, "listed.h").read_text(encoding="utf-8")


class Command(unittest.TestCase):
    def accepted(self, *arguments, **environment):
        result = run(*arguments, **environment)
        self.assertEqual((result.returncode, result.stderr), (0, ""), arguments)
        for line in result.stdout.splitlines() if "--json" not in arguments else ():
            self.assertLessEqual(len(line), 110, line)
            self.assertEqual(line, line.rstrip())
        return result.stdout

    def refused(self, *arguments, code=1):
        result = run(*arguments)
        self.assertEqual((result.returncode, result.stdout), (code, ""), (arguments, result.stderr))
        self.assertNotEqual(result.stderr, "")
        return result.stderr
