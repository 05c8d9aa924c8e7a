"""The lab of a target: candidates are compiled into a folder, and checked and raced by a process for each case."""

import shutil
import tempfile
import time
from pathlib import Path

from axnorm_tune import machine
from axnorm_tune.decide import NO_CASE_BELOW
from axnorm_tune.errors import TuneError
from axnorm_tune.measuring import CaseBench, Crash, Hang, Killed, Limits, Refused
from axnorm_tune.programs import CompileError


class Fault(Exception):
    """What makes a trial fail: `kind` is wrong, bits, crash, hang, compile or refused."""

    def __init__(self, kind, why, case=None):
        super().__init__(f"{case.title}: {why}" if case else why)
        self.kind, self.case = kind, case


# Of a race, what is kept: the trace has a number a pair.
RACE_FIELDS = ("unit", "pairs", "candidate_us", "incumbent_us", "ratio", "low", "high", "noise", "pruned")


def new_folder(folder):
    """A folder in the folder, of this process; those of processes that were killed go."""
    for lab in Path(folder).glob("lab-*:*:*-*"):
        if machine.is_gone(lab.name.removeprefix("lab-").rpartition("-")[0]):
            shutil.rmtree(lab, ignore_errors=True)
    return Path(tempfile.mkdtemp(dir=folder, prefix=f"lab-{machine.process_name()}-"))


def at(bench, work):
    """What it comes to, in another process where somebody killed the one that there was."""
    try:
        try:
            return work(bench)
        except Killed:
            return work(bench)
    except (Crash, Hang, Refused) as error:
        kind = "crash" if isinstance(error, Crash) else type(error).__name__.lower()
        raise Fault(kind, str(error), bench.case) from None


def check(got, case, like):
    """Raises Fault where a kernel is wrong, or has other bits than what `like` says."""
    if not got["right"]:
        raise Fault("wrong", got.get("wrong") or f"the largest error is {got['largest_error']}", case)
    if not got["same_bits"]:
        raise Fault("bits", f"other bits than {like}: {got.get('first_difference')}", case)


class Benches:
    """A process for each case, `_benches`, and a folder."""

    def pids(self):
        return [bench.pid for bench in self._benches if bench.pid]

    def close(self):
        for bench in self._benches:
            bench.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Lab(Benches):
    def __init__(self, target, programs, cores, folder, limits=Limits()):
        self.target, self.programs, self.cores, self.limits = target, programs, cores, limits
        self.folder = new_folder(folder)
        self._log = self.folder / "axnorm-measure.log"
        self._compiled = {}
        self._benches = []
        try:
            default, _, _ = self.compile("")
        except CompileError as error:
            self.close()
            raise TuneError(f"{target.title}: the default kernel does not compile: {error}") from None
        self._default = {"default": (default, target.words(""))}
        self.renew()

    @property
    def overlap(self):
        """Whether the next candidate is compiled while one is measured."""
        return self.cores.has_others(max(case.threads for case in self.target.cases))

    def renew(self):
        """New processes from here on: nothing that was measured before can be a reason for what is now."""
        for bench in self._benches:
            bench.close()
        command = self.cores.on_all(self.programs.measure)
        self._benches = [CaseBench(command, case, self.cores.first(case.threads), self._default, self._log, self.limits)
                         for case in self.target.cases]

    def compile(self, knobs):
        """Library, what tells the kernel from others (a hash of the object), and the seconds that it took."""
        if knobs not in self._compiled:
            begin = time.monotonic()
            library, made = self.programs.compile(self.target.words(knobs), self.folder / f"k{len(self._compiled)}",
                                                  self.limits.compile)
            of_runtime = self.target.space.text_of_runtime(knobs)
            self._compiled[knobs] = library, f"{made} {of_runtime}".strip(), time.monotonic() - begin
        return self._compiled[knobs]

    def races(self, knobs, library, seconds, prune_above=0.0):
        """Yields race by race, with the seconds that it took; ends where a case loses. Raises Fault."""
        def raced(bench):
            with bench.loaded("candidate", library, self.target.words(knobs)):
                self._check(bench)
                begin = time.monotonic()
                race = bench.race("candidate", seconds / len(self._benches), prune_above)
                return race, time.monotonic() - begin

        for bench in self._benches:
            race, took = at(bench, raced)
            yield {name: race[name] for name in RACE_FIELDS if name in race}, took
            if prune_above and race["high"] < NO_CASE_BELOW:
                return

    def duel(self, knobs, against, seconds):
        """The races of a candidate against another one, in the processes that there are. Raises Fault."""
        def raced(bench):
            with (bench.loaded("against", self.compile(against)[0], self.target.words(against)),
                  bench.loaded("candidate", self.compile(knobs)[0], self.target.words(knobs))):
                self._check(bench)
                return bench.race("candidate", seconds / len(self._benches), incumbent="against")

        return [at(bench, raced) for bench in self._benches]

    @staticmethod
    def _check(bench):
        check(bench.check("candidate", like="default"), bench.case, "the default")
