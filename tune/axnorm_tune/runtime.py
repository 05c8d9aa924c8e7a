"""scripts/tune --runtime: thresholds of the runtime, into a file that programs load."""

import os
import shlex
import sys
import time
from datetime import date

from rich.console import Console
from rich.table import Table

from axnorm_tune import machine, measuring, options, page, report, suite
from axnorm_tune.confirm import CONFIRM_S, raced
from axnorm_tune.errors import TuneError
from axnorm_tune.lab import Fault
from axnorm_tune.runs import Runs, Stop
from axnorm_tune.space import Space
from axnorm_tune.thresholds import ThresholdTarget, judged, resolve, text_of

MARK = "# Thresholds of axnorm's runtime, found by"  # how a file begins that may be written anew
USUAL_LIBRARY = "axnorm_default"
INTERRUPTED = 130


def run(asked, programs, shown):
    os.environ.pop("AXNORM_TUNING", None)  # the usual thresholds are what is compared with
    log = asked.work / "axnorm-measure.log"
    info = measuring.info(programs.measure, log)
    lines = programs.library(asked.library or USUAL_LIBRARY, asked.build)
    targets, left_out, compiled = resolve(_cases_of(asked, info), programs, lines, asked.work, info)
    try:
        for case, why in left_out:
            print(f"Left out: {case.title}: {why}", file=sys.stderr)
        if not targets:
            raise TuneError("there is nothing to tune")
        if asked.dry_run:
            return _dry_run(targets)
        path = asked.out or asked.work / f"{machine.slug(machine.processor())}.tuning"
        _check_ours(path)
        runs = Runs(asked, programs, machine.Cores(asked.work, asked.cpu), Stop(), shown)
        return _tune(asked, targets, programs, runs, path, info)
    finally:
        compiled.close()


def _cases_of(asked, info):
    """The cases of a threshold."""
    known = {threshold["name"] for threshold in info["thresholds"] if threshold["tried"]}
    for name in asked.threshold or ():
        if name not in known:
            raise TuneError(f"--threshold '{name}': it is one of {', '.join(sorted(known))}")
    given, cores = None, info["cores"]
    if asked.pattern or asked.cases:
        given, messages = options.cases_of(asked)
        for message in messages:
            print(f"Left out: {message}", file=sys.stderr)
    cache = info["caches"].get("L3") or info["caches"].get("L2")

    def cases_of(threshold):
        if asked.threshold and threshold["name"] not in asked.threshold:
            return []
        return given if given is not None else suite.cases_of(threshold, cache, cores)

    return cases_of


def _check_ours(path):
    if path.exists() and not path.read_text().startswith(MARK):
        raise TuneError(f"{path} was not written by scripts/tune --runtime; give --out another file")


def _dry_run(targets):
    for target in targets:
        print(f"{target.title}, usually {target.threshold['usual']}: {target.threshold['meaning']}")
        print(f"  tried: {', '.join(map(str, target.threshold['tried']))}")
        for case in target.cases:
            print(f"  {case.title}")
    return 0


def _tune(asked, targets, programs, runs, path, info):
    studies, failed = [], []
    deadline = time.monotonic() + 60 * asked.minutes if asked.minutes else float("inf")
    with runs.shown.running(sum(min(asked.trials, target.space.size) for target in targets)):
        for number, target in enumerate(targets):
            if runs.stop.asked:
                break
            name = target.study_name(runs.processor, programs.hash(), programs.measure_hash())
            study = runs.study(target, f"{asked.study}-{name}" if asked.study else name)
            now = time.monotonic()
            try:
                runs.tune(target, study, now + (deadline - now) / (len(targets) - number))
            except TuneError as error:  # the others are worth something without it
                runs.shown.say(str(error))
                failed.append(str(error))
            studies.append(study)
    results = [report.Result.of(study) for study in studies]
    together = _together(asked, targets, results, programs, runs)
    head = [asked.command, f"{date.today().isoformat()}, {_machine_text(runs.processor, info)}"]
    written = write(path, results, together, head, programs, asked)
    lines = _summary_of(results, together) + _faults_of(results)
    Console(highlight=False, width=None if sys.stdout.isatty() else 200).print(_table_of(results))
    for line in lines:
        print(line)
    pages = path.with_suffix(".html")
    page.write(pages, results, runs.processor, asked.command, lines, "Thresholds")
    print(f"The file: {path}; AXNORM_TUNING={path} loads it, or load_tuning()" if written else
          "No file was written: no threshold is better than the usual one")
    print(f"The page: {pages}")
    if runs.stop.asked:
        print("Stopped early; the same command again goes on")
        return INTERRUPTED
    return 1 if failed or any(result.faults for result in results) else 0


def _together(asked, targets, results, programs, runs):
    """The verdict of all that is kept, in one file; None where that is not more than one threshold. Alone they were
    measured beside the usual values of the others."""
    kept = [(target, result) for target, result in zip(targets, results) if result.tuned]
    if len(kept) < 2 or runs.stop.asked:
        return None
    knobs = ",".join(result.verdict["knobs"] for _, result in kept)
    told = kept[0][1].study.user_attrs.get("together", {})
    if told.get("of") == knobs:
        return told
    verdict = {**_raced_together(asked, [target for target, _ in kept], knobs, programs, runs), "of": knobs}
    kept[0][1].study.set_user_attr("together", verdict)
    return verdict


def _raced_together(asked, targets, knobs, programs, runs):
    cases = {}
    for target in targets:
        for case, kernels in zip(target.cases, target.kernels):
            cases.setdefault(case, []).extend(kernel for kernel in kernels if kernel not in cases.get(case, ()))
    target = ThresholdTarget({"name": "all of them", "tried": []}, list(cases), list(cases.values()),
                             Space("thresholds", {}, {}, {}, {}), targets[0].compiled)
    lab = target.lab(programs, runs.cores, asked.work, runs.limits)
    try:
        return judged(lab, knobs, raced(lab, knobs, CONFIRM_S / 3 * asked.time_scale))
    except Fault as fault:
        return {"kept": False, "why": str(fault)}
    finally:
        lab.close()


def _written(results, together):
    """The results whose values are written. Where together they are no gain any more, the best one alone."""
    kept = [result for result in results if result.tuned]
    if together is None or together["kept"]:
        return kept
    return [max(kept, key=lambda result: result.verdict["ratio"])]


def _ratio_text(verdict):
    return f"{verdict['ratio']:.3f} ({verdict['low']:.3f} to {verdict['high']:.3f})"


def write(path, results, together, head, programs, asked):
    """Says whether there is a file. It is what the runtime takes, or an error is raised."""
    kept = _written(results, together)
    if not kept:
        path.unlink(missing_ok=True)
        return False
    lines = [f"{MARK} {head[0]}", *(f"# {line}" for line in head[1:])]
    if together and together["kept"]:
        lines.append(f"# All of them: {_ratio_text(together)} times as fast")
    for result in kept:
        usual = result.study.user_attrs["threshold"]["usual"]
        races = [(case, race) for case, race in zip(result.cases, result.verdict["races"]) if race]
        lines += ["", f"# Usually {usual}. {_ratio_text(result.verdict)} times as fast in the {len(races)} of"
                      f" {len(result.cases)} cases that it changes:"]
        lines += [f"#   {_ratio_text(race)}, {race['incumbent_us']:.2f} us before: {case.title}" for case, race in races]
        lines.append(text_of(result.verdict["knobs"]))
    text = "\n".join([*lines, ""])
    _check_taken(text, programs, asked)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(text)
    os.replace(part, path)
    return True


def _check_taken(text, programs, asked):
    process = measuring.Measure(programs.measure, asked.work / "axnorm-measure.log")
    try:
        process.ask({"op": "thresholds", "name": "file", "text": text}, 10)
    except measuring.Refused as error:
        raise TuneError(f"the runtime does not take what was to be written: {error}") from None
    finally:
        process.close()


def _machine_text(processor_is, info):
    caches = ", ".join(f"{name} {size >> 10} KiB" for name, size in processor_is["caches"].items())
    return (f"{processor_is['name']}, family {processor_is['family']}, model {processor_is['model']}, {info['cores']}"
            f" cores, {caches}; axnorm {info['axnorm']}")


def _table_of(results):
    table = Table(title="Thresholds, measured afresh beside the usual ones", title_justify="left")
    for name, justify in (("threshold", "left"), ("usually", "right"), ("tuned", "right"), ("ratio", "right"),
                          ("95 %", "left"), ("cases", "right"), ("noise", "right"), ("", "left")):
        table.add_column(name, justify=justify, overflow="fold")
    for result in results:
        verdict, noise = result.verdict, result.noise
        changed = sum(race is not None for race in verdict.get("races", []))
        table.add_row(result.title, str(result.study.user_attrs["threshold"]["usual"]),
                      verdict["knobs"].partition(":")[2] if result.tuned else "as usual",
                      f"{verdict['ratio']:.3f}" if result.tuned else "1",
                      f"{verdict['low']:.3f} to {verdict['high']:.3f}" if result.tuned else "",
                      f"{changed} of {len(result.cases)}" if result.tuned else f"{len(result.cases)}",
                      f"{noise:.1%}" if noise is not None else "-",
                      "" if result.tuned else verdict.get("why", "the search has not ended"),
                      style=None if result.tuned else "dim")
    return table


def _summary_of(results, together):
    kept = [result for result in results if result.tuned]
    lines = [f"{len(kept)} of {len(results)} thresholds are better with another value, in the cases that it changes"]
    if together:
        why = "" if together["kept"] else f"; so the best one alone is written. {together.get('why', '')}"
        lines.append("Together: " + (_ratio_text(together) if "ratio" in together else "they fail") + why)
    return lines


def _faults_of(results):
    """What axnorm has to answer for: no bit depends on a threshold."""
    lines = []
    for result in results:
        for trial in result.faults[:report.MOST_FAULTS]:
            fault = trial.user_attrs["result"]
            what = "computes wrong results" if fault["fault"] == "wrong" else "changes bits"
            words = report.of_json(fault["case"]).arguments()
            lines += [f"A FAULT OF AXNORM: {text_of(fault['knobs'])} {what}: {fault['why']}",
                      "    " + shlex.join(["scripts/tune", "--runtime", "--threshold", result.title, *words])]
    return lines
