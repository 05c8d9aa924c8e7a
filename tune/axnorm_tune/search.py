"""The search: Optuna says which point is next, it is compiled while the one before is measured, and told."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import optuna
from optuna.trial import TrialState

from axnorm_tune import machine, storage
from axnorm_tune.decide import Ratio, prune_above
from axnorm_tune.errors import TuneError
from axnorm_tune.lab import Fault
from axnorm_tune.programs import CompileError

REPEATS = 8  # in a row: then a point that was not tried is taken
EARLIER_S = 1  # for another process that has a trial and no point yet
SEEDS_APART = 1009  # of two runs of a study, times the trials that there are: none begins as another one did


class _BruteForce(optuna.samplers.BruteForceSampler):
    """Without its end of Study.optimize(), which is not what runs here."""

    def after_trial(self, study, trial, state, values):
        pass


def sampler_of(space, trials, seed):
    if space.size <= trials:
        return _BruteForce(seed=seed)
    return optuna.samplers.TPESampler(seed=seed, multivariate=True, constant_liar=False)


class Point:
    """A trial, while it is worked on."""

    def __init__(self, trial, knobs, future):
        self.trial, self.knobs, self.future = trial, knobs, future


@dataclass
class Settings:
    trials: int
    race_s: float = 0.6  # a candidate, all cases together
    seed: int = 0


def results_of(study):
    """Finished trials that have something to say, in their order. Those of processes that were killed have not."""
    return [trial for trial in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.FAIL))
            if "result" in trial.user_attrs]


def count_of(study):
    """Points that were tried; one that came again is not another."""
    return sum("again" not in trial.user_attrs["result"] for trial in results_of(study))


def cost_of(trial):
    """Seconds that a trial took beside its race, or None."""
    return trial.user_attrs["result"].get("cost_s")


class Search:
    """One study, as far as this process works on it."""

    def __init__(self, study, target, lab, settings, on_trial=lambda study: None):
        self.study, self.target, self.lab, self.settings, self._on_trial = study, target, lab, settings, on_trial
        self._owner = machine.process_name()
        self._compiler = ThreadPoolExecutor(1)
        self._random = random.Random(settings.seed)
        self._alive = set()
        self._pointless = set()  # numbers of trials that are not waited for any more

    def run(self, is_over):
        """Until all trials are done, or `is_over()`."""
        storage.fail_stale(self.study)
        space = self.target.space
        self.study.sampler = sampler_of(space, self.settings.trials,
                                        self.settings.seed + SEEDS_APART * len(self.study.trials))
        for point in space.first_points():
            self.study.enqueue_trial(point, skip_if_exists=True)
        with storage.heartbeats(self.study) as self._alive:
            ahead = None
            try:
                while not is_over():
                    point, ahead = ahead or self._next(), None
                    if point is None:
                        break
                    if self.lab.overlap and not is_over():
                        ahead = self._next(in_work=point)
                    self._finish(point)
            finally:
                if ahead is not None:
                    self._alive.discard(ahead.trial._trial_id)
                    storage.give_back(self.study, ahead.trial)
                self._compiler.shutdown(cancel_futures=True)

    def _tried(self):
        return {trial.user_attrs["result"]["knobs"]: trial for trial in results_of(self.study)}

    def _goal(self):
        return min(self.settings.trials, self.target.space.size)

    def _is_full(self, tried):
        running = self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        return len(tried) + len(running) >= self._goal()

    def _next(self, in_work=None):
        """A point that was not tried, which is being compiled now; None where there are enough."""
        for repeats in range(1000):
            tried = self._tried()
            if self._is_full(tried):
                return None
            if repeats >= REPEATS:
                self._enqueue_untried(tried, in_work)
            trial = self.study.ask(self.target.space.distributions())
            trial.set_user_attr("owner", self._owner)
            knobs = self.target.space.text(trial.params)
            if knobs in tried:
                self._tell(trial, {**tried[knobs].user_attrs["result"], "again": tried[knobs].number},
                           tried[knobs].value)
            elif self._is_excess(trial, knobs):
                self.study.tell(trial, state=TrialState.FAIL)
            else:
                self._alive.add(trial._trial_id)
                return Point(trial, knobs, self._compiler.submit(self.lab.compile, knobs))
        return None

    def _is_excess(self, trial, knobs):
        """Whether trials that began before, here or in other processes, have the point, or are enough."""
        space, deadline = self.target.space, time.monotonic() + EARLIER_S
        while True:
            running = self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
            earlier = {other.number: other.params for other in running if other.number < trial.number}
            # One that has just begun has a number, and a point a moment later; where its process was killed, never.
            pointless = {number for number, params in earlier.items() if params.keys() != space.legal.keys()}
            if pointless <= self._pointless or time.monotonic() > deadline:
                break
            time.sleep(0.01)
        self._pointless |= pointless
        points = self._tried().keys() | {space.text(earlier[number]) for number in earlier.keys() - pointless}
        return knobs in points or len(points) >= self._goal()

    def _enqueue_untried(self, tried, in_work):
        legal = self.target.space.legal
        for _ in range(1000):
            point = {name: self._random.choice(values) for name, values in legal.items()}
            knobs = self.target.space.text(point)
            if knobs not in tried and (in_work is None or knobs != in_work.knobs):
                self.study.enqueue_trial(point)
                return

    def _finish(self, point):
        result = {"knobs": point.knobs}
        try:
            value = self._measured(point, result)
        except Fault as fault:
            result |= {"fault": fault.kind, "why": str(fault), "case": fault.case.as_json() if fault.case else None}
            value = None
        self._tell(point.trial, result, value)
        self._alive.discard(point.trial._trial_id)
        self._on_trial(self.study)
        if value is None and not point.knobs:
            raise TuneError(f"{self.target.title}: the default itself fails: {result['why']}")

    def _tell(self, trial, result, value):
        trial.set_user_attr("result", result)
        self.study.tell(trial, value, state=TrialState.FAIL if value is None else TrialState.COMPLETE)

    def _measured(self, point, result):
        """The trial's value; fills the result."""
        begin = time.monotonic()
        try:
            library, result["object"], compile_s = point.future.result()
        except CompileError as error:
            raise Fault("compile", str(error)) from None
        waited_s = time.monotonic() - begin
        for trial in results_of(self.study):
            same = trial.user_attrs["result"]
            if same.get("object") == result["object"] and point.knobs and same.get("races"):
                result |= {"races": same["races"], "same_object_as": same.get("same_object_as", trial.number)}
                return trial.value
        best_low = max((Ratio.of(trial.user_attrs["result"]["races"]).low for trial in results_of(self.study)
                        if trial.value is not None), default=1.0)
        result["races"] = []
        begin = time.monotonic()
        raced_s = 0
        try:
            for race, seconds in self.lab.races(point.knobs, library, self.settings.race_s,
                                                prune_above(len(self.target.cases), best_low) if point.knobs else 0):
                result["races"].append(race)
                raced_s += seconds
        finally:
            result["cost_s"] = round(compile_s + time.monotonic() - begin - raced_s, 3)
            result["waited_s"] = round(waited_s, 3)
        return self.target.objective(result["races"])
