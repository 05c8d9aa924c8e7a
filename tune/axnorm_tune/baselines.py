"""scripts/tune --baselines: what Halide's autoschedulers make of kernels, beside the default and the tuned one.

The algorithm is the generator's as it is, the schedule is theirs. Every candidate is compiled for one case, with its sizes
as estimates; it may order additions otherwise, so that it is checked against the reference in double alone.
"""

import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from axnorm_tune.errors import TuneError
from axnorm_tune.measuring import CaseBench, Crash, Hang, Limits, Refused
from axnorm_tune.programs import CompileError, CompileHang

AUTOSCHEDULERS = ("Mullapudi2016", "Adams2019", "Li2018")
COMPILE_S = 180  # they take their time
RACE_S = 2.0  # a candidate
LONGEST = 200  # characters of a message
DEFAULT, TUNED = "default", "tuned"


@dataclass(frozen=True)
class Entry:
    """Of a table: a race against the default, or why there is none, and the message behind it."""
    race: dict = None
    same_bits: bool = True
    why: str = ""
    detail: str = ""

    @property
    def text(self):
        if self.race is None:
            return self.why
        bits = "" if self.same_bits else ", other bits"
        return f"{self.race['ratio']:.3f} ({self.race['low']:.3f} to {self.race['high']:.3f}){bits}"


def reason_of(message):
    """What Halide says, of all that the generator does."""
    _, is_halides, said = message.partition("Unhandled exception: ")
    return message if not is_halides else "an error of Halide that has no text" if said.strip() == "Error:" else said


class Candidates:
    """Of a case: compiled, checked and raced against the default in a process of the case."""

    def __init__(self, target, case, programs, cores, folder, limits, seconds):
        self.target, self.case, self._programs, self._folder = target, case, programs, Path(folder)
        self._compile_s, self._seconds = limits.compile, seconds
        try:
            default, _ = programs.compile(target.words(""), self._folder / DEFAULT, self._compile_s)
        except CompileError as error:
            raise TuneError(f"{target.title}: the default kernel does not compile: {error}") from None
        # Kernels of some autoschedulers have parallel loops of their own.
        command = ["env", f"HL_NUM_THREADS={case.threads}", *cores.on_all(programs.measure)]
        self._bench = CaseBench(command, case, cores.first(case.threads), {DEFAULT: (default, target.words(""))},
                                self._folder / "axnorm-measure.log", limits)

    def tuned(self, knobs):
        return self._entry(TUNED, self.target.words(knobs))

    def autoscheduled(self, name, plugins):
        extents = ",".join(map(str, self._bench.extents()))
        # Threads are the runtime's: they divide a call, and a kernel runs on one.
        words = f"{self.target.words('')} autoscheduler={name} autoscheduler.parallelism=1 estimates={extents}"
        return self._entry(name, words, Path(plugins) / f"libautoschedule_{name.lower()}.so")

    def _entry(self, name, words, plugin=None):
        try:
            library, _ = self._programs.compile(words, self._folder / name, self._compile_s, plugin)
        except CompileHang as error:
            return Entry(why="compiles too long", detail=str(error))
        except CompileError as error:
            return Entry(why="does not compile", detail=reason_of(str(error)))
        try:
            with self._bench.loaded("candidate", library, words):
                got = self._bench.check("candidate", like="default")
                if not got["right"]:
                    return Entry(why="wrong", detail=got.get("wrong") or f"the largest error is {got['largest_error']}")
                return Entry(self._bench.race("candidate", self._seconds), got["same_bits"])
        except Crash as error:
            return Entry(why="crashes", detail=str(error))
        except Hang as error:
            return Entry(why="takes too long", detail=str(error))
        except Refused as error:
            return Entry(why="refused", detail=str(error))

    def close(self):
        self._bench.close()


def compare(targets, programs, cores, asked, tuned_of):
    """Rows of (case, {name: entry}); `tuned_of` gives the knobs of a target's record, or None. Ctrl-C ends it early."""
    for name in asked.baselines:
        if not (asked.autoschedulers / f"libautoschedule_{name.lower()}.so").exists():
            raise TuneError(f"{asked.autoschedulers} has no plugin of {name}: scripts/tune downloads it")
    limits = Limits(compile=asked.compile_limit or COMPILE_S,
                    check=6 * asked.answer_limit, race=6 * asked.answer_limit)
    rows = []
    try:
        for target in targets:
            for case in target.cases:
                rows.append((case, _row(target, case, programs, cores, asked, limits, tuned_of(target))))
                print(f"{case.title}: " + "; ".join(f"{name} {entry.text}" for name, entry in rows[-1][1].items()),
                      file=sys.stderr)
    except KeyboardInterrupt:
        return rows, True
    return rows, False


def _row(target, case, programs, cores, asked, limits, knobs):
    row = {}
    with tempfile.TemporaryDirectory(dir=asked.work, prefix="lab-") as folder:
        candidates = Candidates(target, case, programs, cores, folder, limits, RACE_S * asked.time_scale)
        try:
            if knobs is not None:
                row[TUNED] = candidates.tuned(knobs)
            for name in asked.baselines:
                row[name] = candidates.autoscheduled(name, asked.autoschedulers)
        finally:
            candidates.close()
    return row


def table_of(rows, names):
    table = Table(title="Times as fast as the default, with the 95 % interval", title_justify="left")
    table.add_column("case", overflow="fold")
    for name in ("default us", TUNED, *names):
        table.add_column(name, justify="right", overflow="fold")
    for case, row in rows:
        times = [entry.race["incumbent_us"] for entry in row.values() if entry.race]
        table.add_row(case.title, f"{statistics.median(times):.2f}" if times else "-",
                      *(row[name].text if name in row else "no record" for name in (TUNED, *names)))
    return table


def summary_of(rows, names):
    """Lines below the table: what each comes to, and the messages, each once with the cases that have it."""
    lines = []
    for name in (TUNED, *names):
        entries = [(case, row[name]) for case, row in rows if name in row]
        ratios = [entry.race["ratio"] for _, entry in entries if entry.race]
        if not entries:
            continue
        mean = f": {statistics.geometric_mean(ratios):.3f} times as fast as the default (geometric mean)" if ratios else ""
        lines.append(f"{name} has {len(ratios)} of {len(entries)} cases{mean}")
        messages = {}
        for case, entry in entries:
            if entry.race is None:
                messages.setdefault(f"{entry.why}: {entry.detail[:LONGEST]}", []).append(case.title)
        lines += [f"    {message} ({'; '.join(titles)})" for message, titles in messages.items()]
    return lines + ["Autoschedulers have the generator's algorithm as it is. They may order additions otherwise, and are"
                    " checked against the reference alone; axnorm's own schedules are checked bit for bit, too."]
