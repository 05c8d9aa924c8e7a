"""What races come to, and what is kept."""

import math
from dataclasses import dataclass

KEPT_ABOVE = 1.02  # the lower 95 % bound of the ratio to the default
NO_CASE_BELOW = 0.98  # of its default
PROMISING = 1.01  # what the search has to have seen of a candidate


@dataclass(frozen=True)
class Ratio:
    """Of the default's time to the candidate's over several cases: above 1 the candidate is faster."""
    ratio: float
    low: float
    high: float
    worst: float  # case
    worst_low: float

    @staticmethod
    def of(races):
        """The geometric mean. Its bounds are those of the bounds, which needs no independence: they are wide."""
        def mean(name):
            return math.exp(sum(math.log(race[name]) for race in races) / len(races))

        return Ratio(mean("ratio"), mean("low"), mean("high"), min(race["ratio"] for race in races),
                     min(race["low"] for race in races))

    @property
    def objective(self):
        """What the search maximizes: where a case loses, nothing that the others gain counts."""
        return self.ratio if self.worst >= NO_CASE_BELOW else self.worst

    @property
    def is_kept(self):
        return self.low > KEPT_ABOVE and self.worst_low >= NO_CASE_BELOW

    def why_not(self):
        if self.low <= KEPT_ABOVE:
            return f"{self.ratio:.3f} ({self.low:.3f} to {self.high:.3f}): the lower bound is not above {KEPT_ABOVE}"
        return f"a case may be at {self.worst_low:.3f} of its default, less than {NO_CASE_BELOW}"


def prune_above(case_count, best_low):
    """What a candidate has to be able to reach in a case, or its race ends early.

    Alone it has to beat the best one so far; one of several cases may be below that, but not lose.
    """
    return max(1.0, best_low) if case_count == 1 else NO_CASE_BELOW


def finalists(trials, count):
    """The best trials, one of each object; `trials` are those of a study that have races."""
    best = {}
    # By the lower bounds: where something else ran meanwhile, a ratio may be anything, and its interval is wide.
    for trial in sorted(trials, key=lambda trial: -Ratio.of(trial.user_attrs["result"]["races"]).low):
        result = trial.user_attrs["result"]
        if trial.value > PROMISING and result["knobs"]:
            best.setdefault(result["object"], trial)
    return list(best.values())[:count]
