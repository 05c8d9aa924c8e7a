"""What a run came to, as a table on the terminal."""

import shlex
import statistics
from dataclasses import dataclass

from rich.table import Table

from axnorm_tune.cases import of_json
from axnorm_tune.decide import Ratio
from axnorm_tune.search import count_of, results_of

MOST_FAULTS = 3  # of a kernel that are told, those with the fewest knobs: the others are likely the same


@dataclass
class Result:
    """Of a study, as it is stored: for tables, pages and the record."""
    title: str
    space_size: int
    verdict: dict
    cases: list
    study: object

    @staticmethod
    def of(study):
        attributes = study.user_attrs
        return Result(attributes["title"], attributes["space_size"], attributes.get("verdict") or {},
                      [of_json(case) for case in attributes["cases"]], study)

    @property
    def trials(self):
        return count_of(self.study)

    @property
    def found(self):
        """The default's trial, and the best one, as the search saw them."""
        return max((trial for trial in results_of(self.study) if trial.value is not None),
                   key=lambda trial: trial.value, default=None)

    @property
    def noise(self):
        """Of the default, as a share: the median over all races."""
        noises = [race["noise"] for trial in results_of(self.study)
                  for race in trial.user_attrs["result"].get("races", []) if "noise" in race]
        return statistics.median(noises) if noises else None

    @property
    def faults(self):
        """Of axnorm: kernels that compute something else."""
        return [trial for trial in results_of(self.study)
                if trial.user_attrs["result"].get("fault") in ("wrong", "bits")
                and "again" not in trial.user_attrs["result"]]

    @property
    def lost(self):
        """Trials that failed in other ways, by kind."""
        kinds = {}
        for trial in results_of(self.study):
            kind = trial.user_attrs["result"].get("fault")
            if kind and kind not in ("wrong", "bits") and "again" not in trial.user_attrs["result"]:
                kinds[kind] = kinds.get(kind, 0) + 1
        return kinds

    @property
    def self_race(self):
        """The default against itself: what the measurement makes of no difference."""
        for trial in results_of(self.study):
            if trial.user_attrs["result"]["knobs"] == "" and trial.user_attrs["result"].get("races"):
                return Ratio.of(trial.user_attrs["result"]["races"])
        return None

    @property
    def costs(self):
        """Seconds of the trials that were compiled and checked, beside their races."""
        return [trial.user_attrs["result"]["cost_s"] for trial in results_of(self.study)
                if "cost_s" in trial.user_attrs["result"] and "again" not in trial.user_attrs["result"]]

    @property
    def unit(self):
        """Of times: us, or instructions where the stand-in for a GPU's driver counts them."""
        races = [race for trial in results_of(self.study) for race in trial.user_attrs["result"].get("races", [])]
        return races[0].get("unit", "us") if races else "us"

    @property
    def tuned(self):
        return self.verdict.get("kept", False)


def table_of(results):
    unit = " or ".join(sorted({result.unit for result in results})) or "us"
    table = Table(title="Tuned, measured afresh beside the default", title_justify="left")
    for name, justify in (("kernel and size", "left"), ("space", "right"), ("trials", "right"), (f"default {unit}", "right"),
                          (f"tuned {unit}", "right"), ("ratio", "right"), ("95 %", "left"), ("noise", "right"),
                          ("knobs", "left")):
        table.add_column(name, justify=justify, overflow="fold")
    for result in results:
        verdict, noise = result.verdict, result.noise
        races = verdict.get("races") if result.tuned else None
        times = [" ".join(f"{race[name]:.2f}" for race in races if race) if races else "-"
                 for name in ("incumbent_us", "candidate_us")]
        table.add_row(result.title, f"{result.space_size}", f"{result.trials}", *times,
                      f"{verdict['ratio']:.3f}" if races else "1",
                      f"{verdict['low']:.3f} to {verdict['high']:.3f}" if races else "",
                      f"{noise:.1%}" if noise is not None else "-",
                      verdict["knobs"] if races else f"default: {verdict.get('why', 'the search has not ended')}",
                      style=None if races else "dim")
    return table


def summary_of(results):
    """Lines below the table."""
    kept = [result for result in results if result.tuned]
    ratios = [result.verdict["ratio"] if result.tuned else 1.0 for result in results]
    lines = [f"{len(kept)} of {len(results)} are faster with other values; over all"
             f" {statistics.geometric_mean(ratios):.3f} times as fast (geometric mean)"] if results else []
    if any(result.unit == "instructions" for result in results):
        lines.append("There is no GPU: figures are instructions that the stand-in driver counted, not times. Fewer of them"
                     " need not be faster")
    costs = [cost for result in results for cost in result.costs]
    if costs:
        lines.append(f"A trial cost {statistics.median(costs):.2f} s beside its races (median of {len(costs)};"
                     f" at most {max(costs):.2f})")
    for result in results:
        if result.lost:
            lines.append(f"{result.title}: trials that failed: "
                         + ", ".join(f"{count} by {kind}" for kind, count in sorted(result.lost.items())))
    return lines


def faults_of(results, library=None, build=None):
    """What axnorm has to answer for, each with the command that shows it again."""
    lines = []
    by = (["--library", library] if library else []) + (["--build", str(build)] if build else [])
    for result in results:
        faults = sorted(result.faults, key=lambda trial: len(trial.user_attrs["result"]["knobs"]))
        for trial in faults[:MOST_FAULTS]:
            fault = trial.user_attrs["result"]
            what = "computes wrong results" if fault["fault"] == "wrong" else "changes bits"
            words = of_json(fault["case"]).arguments() + by
            lines += [f"A FAULT OF AXNORM: {result.title} with {fault['knobs']} {what}: {fault['why']}",
                      "    " + shlex.join(["scripts/tune", *words, "--knobs", fault["knobs"]])]
        if len(faults) > MOST_FAULTS:
            lines.append(f"and {len(faults) - MOST_FAULTS} more of this kernel")
    return lines
