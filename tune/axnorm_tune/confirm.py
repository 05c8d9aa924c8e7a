"""The end of a study: its best candidates race afresh, and the winner once more, in new processes.

The best of many noisy figures is too good. So the figures that choose among the best are not those that found them, and
those that are recorded are not those that chose.

Between the two the winner loses what it does not need: a search sets every knob to something, and most do nothing for it.
"""

from axnorm_tune.decide import Ratio, finalists
from axnorm_tune.lab import Fault
from axnorm_tune.programs import CompileError
from axnorm_tune.search import results_of

FINALISTS = 4
FINAL_S = 1.0  # a finalist, for each case
CONFIRM_S = 3.0  # the winner
PLAIN_S = 0.5  # the winner without a knob, against itself
AS_GOOD = 0.995  # of the winner, is as good


def raced(lab, knobs, seconds):
    """The races of a candidate in new processes, or None where it fails now."""
    try:
        library, _, _ = lab.compile(knobs)
        lab.renew()
        return [race for race, _ in lab.races(knobs, library, seconds * len(lab.target.cases))]
    except (CompileError, Fault):
        return None


def plain(lab, knobs, seconds):
    """The knobs without those that could as well have their default, one after the other."""
    space = lab.target.space
    winner, kept = knobs, space.point(knobs)
    for name, default in space.defaults.items():
        fewer = space.text({**kept, name: default})
        if fewer == space.text(kept):
            continue
        try:
            same = lab.compile(fewer)[1] == lab.compile(space.text(kept))[1]
            if same or Ratio.of(lab.duel(fewer, winner, seconds * len(lab.target.cases))).worst >= AS_GOOD:
                kept[name] = default
        except (CompileError, Fault):
            pass
    return space.text(kept)


def verdict_of(study, lab, scale=1.0):
    """What is kept, as it is stored with the study. `scale` shortens the races of tests."""
    trials = [trial for trial in results_of(study) if trial.value is not None]
    best = []
    for trial in finalists(trials, FINALISTS):
        races = raced(lab, trial.user_attrs["result"]["knobs"], FINAL_S * scale)
        if races:
            best.append((Ratio.of(races).objective, trial.user_attrs["result"]["knobs"]))
    if not best:
        return {"kept": False, "why": "no candidate was faster than the default"}
    knobs = plain(lab, max(best)[1], PLAIN_S * scale)
    races = raced(lab, knobs, CONFIRM_S * scale)
    if not races:
        return {"kept": False, "knobs": knobs, "why": "the best candidate failed when it was measured afresh"}
    ratio = Ratio.of(races)
    verdict = {"kept": ratio.is_kept, "knobs": knobs, "ratio": ratio.ratio, "low": ratio.low, "high": ratio.high,
               "races": races}
    return verdict if ratio.is_kept else {**verdict, "why": ratio.why_not()}
