"""scripts/check-includes finds what it is for: a tree of three rooms, with one fault at a time."""
import importlib.machinery
import importlib.util
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(sys.argv.pop(1))


def checker():
    sys.dont_write_bytecode = True
    loader = importlib.machinery.SourceFileLoader("check_includes", str(SCRIPT))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("check_includes", loader))
    loader.exec_module(module)
    return module


class Includes(unittest.TestCase):
    def faults(self, files):
        check = checker()
        with tempfile.TemporaryDirectory() as folder:
            check.ROOT = pathlib.Path(folder).resolve()
            check.ROOMS = {"low/a": [], "low/b": ["low/a"], "high": ["low/b"]}
            for name, text in {"low/a/a.h": "", "low/b/b.h": '#include "low/a/a.h"\n', "high/c.cpp": "", **files}.items():
                path = check.ROOT / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            found = check.sources()
            includes = {p: [(n, check.target(p, n)) for n in check.INCLUDE.findall(p.read_text())] for p in found}
            return [*check.check_order(), *check.check_rooms(found, includes), *check.check_circles(includes)]

    def test_good(self):
        self.assertEqual(self.faults({"high/c.cpp": '#include "low/b/b.h"\n#include <vector>\n'}), [])

    def test_upwards(self):
        self.assertIn("room low/a may not include low/b", self.faults({"low/a/a.cpp": '#include "low/b/b.h"\n'})[0])

    def test_past_a_room(self):
        self.assertIn("room high may not include low/a", self.faults({"high/c.cpp": '#include "low/a/a.h"\n'})[0])

    def test_circle(self):
        circle = self.faults({"low/a/a.h": '#include "d.h"\n', "low/a/d.h": '#include "a.h"\n'})
        self.assertIn("circle: ", circle[0])

    def test_no_room(self):
        self.assertIn("is no room", self.faults({"low/e/e.h": ""})[0])

    def test_no_file(self):
        self.assertIn("there is no file", self.faults({"high/c.cpp": '#include "gone.h"\n'})[0])

    def test_this_tree(self):
        subprocess.run([sys.executable, str(SCRIPT)], check=True)


if __name__ == "__main__":
    unittest.main()
