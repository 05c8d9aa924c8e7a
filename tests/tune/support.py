"""What the tests of scripts/tune share: where things are, and the tuner with stand-ins for what compiles and measures."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tune"))

# The build folder, with axnorm-generator and axnorm-kernels.
PROGRAMS = pathlib.Path(os.environ.get("AXNORM_TUNE_PROGRAMS", ROOT / "build" / "release"))

LAYER = ["--pattern", "b c -> b", "--shape", "64,256"]  # kernel kr, of family reduced_innermost
GROUP = ["--pattern", "b h (g n) -> b g", "--params", "(g n)", "--shape", "2,8,64", "--set", "g=2"]


class TuneTest(unittest.TestCase):
    """A folder for each test, and the tuner in it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.work, self.out, self.log = self.folder / "work", self.folder / "record.json", self.folder / "races"
        self.fake = {"ratio": {}, "planted": {}}

    def command(self, *arguments, fakes=True):
        """`fakes`: stand-ins for what compiles and for what measures; "measure" is for that alone, False is none."""
        stand_ins = []
        if fakes is True:
            stand_ins += ["--compile-command", f"{sys.executable} {HERE / 'fake_generator.py'}"]
        if fakes:
            stand_ins += ["--measure-command", f"{sys.executable} {HERE / 'fake_measure.py'}"]
        out = ["--out", self.out] if arguments[0] not in ("worker", "report") else []
        return list(map(str, [sys.executable, "-m", "axnorm_tune", *arguments, *out, *stand_ins, "--programs", PROGRAMS,
                              "--work", self.work, "--time-scale", "0.02" if fakes else "0.3"]))

    def environment(self):
        return {**os.environ, "PYTHONPATH": str(ROOT / "tune"), "AXNORM_FAKE": json.dumps(self.fake),
                "AXNORM_FAKE_LOG": str(self.log), "PYTHONWARNINGS": "ignore"}

    def tune(self, *arguments, fakes=True, code=0):
        done = subprocess.run(self.command(*arguments, fakes=fakes), capture_output=True, text=True, timeout=300,
                              env=self.environment())
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def start(self, *arguments, fakes=True):
        process = subprocess.Popen(self.command(*arguments, fakes=fakes), env=self.environment(), text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(self._end, process)
        return process

    @staticmethod
    def _end(process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def rows(self):
        return json.loads(self.out.read_text())["rows"] if self.out.exists() else []

    def study(self, storage=None):
        """The one study that there is."""
        import optuna

        from axnorm_tune.runs import studies_of
        from axnorm_tune.storage import opened
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        where = storage or str(next(self.work.glob("*.journal")))
        found, = studies_of(opened(where))
        return found

    def results(self, storage=None):
        """Of its trials, those that are ended and not repeated."""
        from axnorm_tune.search import results_of
        return [{**trial.user_attrs["result"], "number": trial.number} for trial in results_of(self.study(storage))
                if "again" not in trial.user_attrs["result"]]

    def raced(self):
        """The knobs of all races, in their order."""
        return [line.rpartition("] ")[2] for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def wait_for(self, process, is_true, seconds=60):
        """Until it is, while the process runs."""
        deadline = time.monotonic() + seconds
        while not is_true():
            self.assertIsNone(process.poll(), "it has ended already")
            self.assertLess(time.monotonic(), deadline, "it took too long")
            time.sleep(0.02)


def children_of(pid, name):
    """The processes that a process has started, by a word of their command."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
            command = (path.parent / "cmdline").read_bytes().decode()
        except OSError:
            continue
        if parent == pid and name in command:
            found.append(int(path.parent.name))
    return found


def kill(pid):
    os.kill(pid, signal.SIGKILL)
