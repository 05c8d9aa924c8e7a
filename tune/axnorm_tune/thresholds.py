"""What `scripts/tune --runtime` tunes: a threshold of the runtime, by the cases that it is about.

A candidate is a value. It is measured in those cases alone that it runs in another way than the usual value: with
another kernel, on other threads, by other stores; axnorm-measure says how. In all others nothing is to be told apart.
"""

import hashlib
import json
import math
import shutil
import time
from dataclasses import dataclass, replace

from axnorm_tune.confirm import CONFIRM_S, FINAL_S, FINALISTS, raced
from axnorm_tune.decide import NO_CASE_BELOW, PROMISING, Ratio
from axnorm_tune.errors import TuneError
from axnorm_tune.lab import RACE_FIELDS, Benches, Fault, at, check, new_folder
from axnorm_tune.measuring import CaseBench, Crash, Hang, Limits, Measure, Refused
from axnorm_tune.programs import CompileError, isa_of
from axnorm_tune.search import results_of
from axnorm_tune.space import Space
from axnorm_tune.targets import kernels_of

CHOSEN = "*"  # of the kernels that are loaded the one that a call runs
CANDIDATE = "candidate"  # the name of its thresholds
LEAST_S = 0.05  # a race, of however many


def text_of(knobs):
    """As a tuning file has it."""
    return "\n".join(f"{name} = {value}" for name, _, value in (part.partition(":") for part in knobs.split(",") if part))


class Compiled:
    """The kernels of all cases, each compiled once."""

    def __init__(self, programs, isa, folder):
        self.programs, self.isa = programs, isa
        self.folder = new_folder(folder)
        self._libraries = {}

    def get(self, kernel, seconds):
        """The library, and the words that load it."""
        words = kernel.words(isa_of(kernel.target(self.isa)), "")
        if words not in self._libraries:
            folder = self.folder / f"k{len(self._libraries)}"
            self._libraries[words] = self.programs.compile(words, folder, seconds)[0]
        return self._libraries[words], words

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass
class ThresholdTarget:
    threshold: dict  # as axnorm-measure lists it
    cases: list
    kernels: list  # of each case those that a call may run
    space: Space
    compiled: Compiled

    @property
    def name(self):
        return self.threshold["name"]

    title = name

    def attributes(self):
        """Of its study."""
        return {"threshold": self.threshold, "kernels": [[kernel.line for kernel in some] for some in self.kernels]}

    def study_name(self, processor_is, *programs):
        """`programs` are hashes of what compiles, and of the runtime."""
        asked = {"cases": [case.as_json() for case in self.cases], "tried": self.threshold["tried"],
                 "kernels": self.attributes()["kernels"], "processor": processor_is, "programs": programs}
        digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:10]
        return f"threshold-{self.name}-{digest}"

    def objective(self, races):
        """A case that runs as usual is no gain and no loss."""
        worst = min(race["ratio"] for race in races)
        mean = math.exp(sum(math.log(race["ratio"]) for race in races) / len(self.cases))
        return mean if worst >= NO_CASE_BELOW else worst

    def lab(self, programs, cores, folder, limits):
        return ThresholdLab(self, programs, cores, folder, limits)

    def verdict_of(self, study, lab, scale):
        return verdict_of(study, lab, scale)


class ThresholdLab(Benches):
    """A process for each case, with all kernels that it may run."""

    overlap = False  # nothing is compiled

    def __init__(self, target, programs, cores, folder, limits=Limits()):
        # What runs is no candidate: it is waited for where the machine is busy, and so are all threads of a call.
        self.limits = replace(limits, compile=10 * limits.compile, check=6 * limits.check, race=6 * limits.race)
        self.target = target
        self._programs, self._cores = programs, cores
        self.folder = new_folder(folder)
        self._ways = {}
        self._benches = []
        try:
            self._loads = [{f"k{number:03}": target.compiled.get(kernel, self.limits.compile)
                            for number, kernel in enumerate(kernels)} for kernels in target.kernels]
        except CompileError as error:
            self.close()
            raise TuneError(f"{target.title}: a kernel does not compile: {error}") from None
        self.renew()

    def renew(self):
        for bench in self._benches:
            bench.close()
        command = self._cores.on_all(self._programs.measure)
        self._benches = [CaseBench(command, case, self._cores.first(case.threads), loads,
                                   self.folder / "axnorm-measure.log", self.limits)
                         for case, loads in zip(self.target.cases, self._loads)]

    def ways(self, knobs):
        """How each case runs; as text, which is to be compared. Raises Fault."""
        if knobs not in self._ways:
            self._ways[knobs] = [at(bench, lambda bench: bench.way(text_of(knobs))) for bench in self._benches]
        return self._ways[knobs]

    def compile(self, knobs):
        """Nothing is compiled; what is the same object is what runs all cases in the same way."""
        begin = time.monotonic()
        ways = self.ways(knobs)
        return None, hashlib.sha256("\n".join(ways).encode()).hexdigest()[:16], time.monotonic() - begin

    def changed(self, knobs):
        """The numbers of cases that run in another way than usual."""
        return [number for number, (way, usual) in enumerate(zip(self.ways(knobs), self.ways(""))) if way != usual]

    def races(self, knobs, library, seconds, prune_above=0.0):
        """As Lab has them, of the cases that run in another way; of the usual value all, against itself."""
        numbers = self.changed(knobs) if knobs else range(len(self._benches))
        each_s = max(seconds / len(self._benches), LEAST_S)
        for number in numbers:
            race, took = at(self._benches[number], lambda bench: self._raced(bench, knobs, each_s, prune_above))
            yield {"case": number, **{name: race[name] for name in RACE_FIELDS if name in race}}, took
            if prune_above and race["high"] < NO_CASE_BELOW:
                return

    @staticmethod
    def _raced(bench, knobs, seconds, prune_above):
        check(bench.check(CHOSEN, CHOSEN, text_of(knobs)), bench.case, "by the usual thresholds")
        begin = time.monotonic()
        race = bench.race(CHOSEN, seconds, prune_above, CHOSEN, text_of(knobs))
        return race, time.monotonic() - begin


def _finalists(trials):
    """The best trials, one of those that run all cases in the same way."""
    best = {}
    usual = next((trial.user_attrs["result"]["object"] for trial in trials if not trial.user_attrs["result"]["knobs"]), "")
    for trial in sorted(trials, key=lambda trial: -trial.value):
        result = trial.user_attrs["result"]
        if result["object"] != usual and Ratio.of(result["races"]).objective > PROMISING:
            best.setdefault(result["object"], trial)
    return list(best.values())[:FINALISTS]


def _nearest(lab, knobs):
    """Of the values that run all cases in the same way, the one next to the usual one: nothing is known of the others."""
    space, name = lab.target.space, lab.target.name
    usual, value = space.defaults[name], space.point(knobs)[name]
    between = [other for other in space.legal[name] if min(usual, value) <= other <= max(usual, value)]
    between.sort(key=lambda other: abs(other - usual))
    return next(space.text({name: other}) for other in between
                if other != usual and lab.ways(space.text({name: other})) == lab.ways(knobs))


def verdict_of(study, lab, scale=1.0):
    """As that of kernels, of the cases that the value changes."""
    trials = [trial for trial in results_of(study) if trial.value is not None]
    best = []
    for trial in _finalists(trials):
        knobs = trial.user_attrs["result"]["knobs"]
        races = raced(lab, knobs, FINAL_S * scale)
        if races:
            best.append((lab.target.objective(races), knobs))
    if not best:
        return {"kept": False, "why": "no value was faster than the usual one"}
    try:
        knobs = _nearest(lab, max(best)[1])
    except Fault:
        knobs = max(best)[1]
    return judged(lab, knobs, raced(lab, knobs, CONFIRM_S * scale))


def judged(lab, knobs, races):
    """The verdict of races afresh. It has a place for each case, which is None where nothing changes."""
    if not races:
        return {"kept": False, "knobs": knobs, "why": "the best value failed when it was measured afresh"}
    ratio = Ratio.of(races)
    places = [None] * len(lab.target.cases)
    for race in races:
        places[race["case"]] = race
    verdict = {"kept": ratio.is_kept, "knobs": knobs, "ratio": ratio.ratio, "low": ratio.low, "high": ratio.high,
               "races": places}
    return verdict if ratio.is_kept else {**verdict, "why": ratio.why_not()}


def resolve(asked_cases, programs, lines, work, info):
    """The targets, in the order in which the runtime lists thresholds; why cases have none, as pairs; and all cases'
    kernels, to be closed. `asked_cases` gives those of a threshold, `lines` are the library's kernels."""
    compiled = Compiled(programs, info["cpu_isa"], work)
    process = Measure(programs.measure, work / "axnorm-measure.log")
    targets, left_out = [], []
    try:
        for threshold in info["thresholds"]:
            space = Space.of_threshold(threshold)
            cases, kernels = [], []
            for case in asked_cases(threshold) if threshold["tried"] else []:
                try:
                    kernels.append(_may_run(process, case, kernels_of(case, lines), space))
                    cases.append(case)
                except Refused as error:
                    left_out.append((case, str(error)))
            if cases:
                targets.append(ThresholdTarget(threshold, cases, kernels, space, compiled))
    except (Crash, Hang) as error:
        raise TuneError(str(error)) from None
    finally:
        process.close()
    return targets, list(dict.fromkeys(left_out)), compiled


def _may_run(process, case, kernels, space):
    """Those of the library's kernels that a call runs by one of the values, in their order there."""
    chosen = set()
    (name, values), = space.legal.items()
    for value in values:
        process.ask({"op": "thresholds", "name": CANDIDATE, "text": text_of(space.text({name: value}))}, 10)
        answer = process.ask({**case.request(), "op": "choose", "thresholds": CANDIDATE,
                              "kernels": [kernel.line for kernel in kernels]}, 10)
        chosen.add(answer["chosen"])
    return [kernels[index] for index in sorted(chosen)]
