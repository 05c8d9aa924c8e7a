"""Studies, from their first trial to a row of the record; and who joins them."""

import signal
import time

import optuna

from axnorm_tune import machine, storage
from axnorm_tune.cases import of_json
from axnorm_tune.errors import TuneError
from axnorm_tune.measuring import Limits
from axnorm_tune.programs import Kernel
from axnorm_tune.search import Search, Settings, count_of, results_of
from axnorm_tune.space import Space
from axnorm_tune.targets import Target


class Stop:
    """The first Ctrl-C ends the search, and what was found is kept; the second one ends all."""

    def __init__(self):
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)

    def _on_signal(self, *_):
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True


def studies_of(store):
    return [optuna.load_study(study_name=name, storage=store) for name in optuna.get_all_study_names(store)]


class Runs:
    """What a process does with targets: it has one storage, or a journal for each study, and a core that measures."""

    def __init__(self, options, programs, cores, stop, shown):
        self.options, self.programs, self.cores, self.stop, self.shown = options, programs, cores, stop, shown
        self.processor = machine.processor()
        self.limits = Limits(compile=options.compile_limit or Limits.compile, check=options.answer_limit,
                             race=options.answer_limit)
        self.settings = Settings(getattr(options, "trials", 0), 0.6 * options.time_scale, options.seed)

    def study(self, target, name):
        """The target's study, which may be there already."""
        where = self.options.storage or str(self.options.work / f"{name}.journal")
        study = optuna.create_study(study_name=name, storage=storage.opened(where), direction="maximize",
                                    load_if_exists=True)
        told = study.user_attrs
        attributes = {"title": target.title, "space_size": target.space.size, **target.attributes(),
                      "processor": self.processor, "generator": self.programs.hash(),
                      "cases": [case.as_json() for case in target.cases],
                      "trials": max(self.settings.trials, told.get("trials", 0)), "command": self.options.command}
        for key, value in attributes.items():
            if told.get(key) != value:
                if key in ("kernel", "kernels", "threshold", "cases", "generator") and key in told:
                    raise TuneError(f"--study {name}: its {key} is another one: {told[key]}")
                study.set_user_attr(key, value)
        return study

    def tune(self, target, study, deadline, first=()):
        """Searches, and measures the best afresh. `first` are knobs to begin with."""
        for knobs in first:
            point = target.space.point(knobs)
            if point is not None:
                study.enqueue_trial(target.space.defaults, skip_if_exists=True)
                study.enqueue_trial(point, skip_if_exists=True)
        if self._is_done(target, study):
            return
        lab = target.lab(self.programs, self.cores, self.options.work, self.limits)
        try:
            with self.shown.target(target.title, self._goal(target), study) as on_trial:
                self._search(target, study, lab, lambda: self.stop.asked or time.monotonic() > deadline, on_trial)
            verdict = target.verdict_of(study, lab, self.options.time_scale)
            study.set_user_attr("verdict", {**verdict, "trials": count_of(study)})
        finally:
            lab.close()

    def _goal(self, target):
        return min(self.settings.trials, target.space.size)

    def _is_done(self, target, study):
        verdict = study.user_attrs.get("verdict")
        return verdict is not None and verdict["trials"] == count_of(study) >= self._goal(target)

    def _search(self, target, study, lab, is_over, on_trial):
        """Until the trials are done, those of other workers too."""
        while not is_over():
            before = len(results_of(study))
            Search(study, target, lab, self.settings, on_trial).run(is_over)
            running = study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.RUNNING,))
            if count_of(study) >= self._goal(target) or (not running and len(results_of(study)) == before):
                return
            time.sleep(0.2)

    def join(self, study):
        """Works on a study that another process began."""
        told = study.user_attrs
        if "trials" not in told:
            raise TuneError(f"study '{study.study_name}' is none of scripts/tune")
        if "threshold" in told:
            raise TuneError(f"study '{study.study_name}' is of the runtime: it is short, and takes no workers")
        if not machine.is_same_kind(told["processor"], self.processor):
            raise TuneError(f"study '{study.study_name}' is of another processor: {told['processor']['name']}, family"
                            f" {told['processor']['family']}, model {told['processor']['model']}")
        if told["generator"] != self.programs.hash():
            raise TuneError(f"study '{study.study_name}' is of another axnorm-generator: build the same sources")
        kernel = Kernel(told["kernel"])
        space = Space.of(self.programs.family(kernel["signature"], kernel.device))
        target = Target(kernel, told["isa"], told["most_bytes"], space,
                        [of_json(case) for case in told["cases"]])
        self.settings = Settings(told["trials"], self.settings.race_s, self.settings.seed)
        if count_of(study) >= self._goal(target):
            return
        lab = target.lab(self.programs, self.cores, self.options.work, self.limits)
        try:
            with self.shown.target(target.title, self._goal(target), study) as on_trial:
                self._search(target, study, lab, lambda: self.stop.asked, on_trial)
        finally:
            lab.close()
