"""scripts/tune: what it does with its command line."""

import sys
import time
import warnings
from datetime import date
from pathlib import Path

import optuna
from rich.console import Console
from rich.table import Table

from axnorm_tune import baselines, machine, measuring, options, page, record, report, runtime, storage
from axnorm_tune.errors import TuneError
from axnorm_tune.lab import Fault, Lab
from axnorm_tune.programs import CompileError, Programs
from axnorm_tune.progress import Shown
from axnorm_tune.runs import Runs, Stop, studies_of
from axnorm_tune.search import results_of
from axnorm_tune.targets import resolve

ROOT = Path(__file__).resolve().parents[2]
WIDTH = 200  # of tables that go into a file
INTERRUPTED = 130  # the exit code of a program that Ctrl-C ended


def main(arguments):
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    try:
        asked = options.parse(arguments)
        asked.work.mkdir(parents=True, exist_ok=True)
        return {"run": run, "worker": work, "report": show}[asked.action](asked)
    except TuneError as error:
        print(f"scripts/tune: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("scripts/tune: stopped; the same command again goes on", file=sys.stderr)
        return INTERRUPTED


def _programs(asked):
    return Programs(asked.programs, asked.compile_command, asked.measure_command)


def run(asked):
    programs = _programs(asked)
    if asked.runtime:
        return runtime.run(asked, programs, Shown())
    cases, messages = options.cases_of(asked)
    targets, left_out = resolve(cases, programs, asked.work / "axnorm-measure.log", asked.library, asked.build)
    for message in messages + [f"{case.title}: {why}" for case, why in left_out]:
        print(f"Left out: {message}", file=sys.stderr)
    if not targets:
        raise TuneError("there is nothing to tune")
    if asked.dry_run:
        return dry_run(targets, asked.trials)
    cores = machine.Cores(asked.work, asked.cpu)
    if asked.baselines:
        return compare(asked, targets, programs, cores)
    shown = Shown()
    runs = Runs(asked, programs, cores, Stop(), shown)
    if asked.knobs is not None:
        return try_knobs(asked, targets, programs, runs)
    return _tune_all(asked, targets, programs, runs)


def _tune_all(asked, targets, programs, runs):
    info = measuring.info(programs.measure, asked.work / "axnorm-measure.log")
    kept = _record(asked, runs.processor, info)
    is_kept = asked.device == "cpu"
    studies = []
    deadline = time.monotonic() + 60 * asked.minutes if asked.minutes else float("inf")
    with runs.shown.running(sum(min(asked.trials, target.space.size) for target in targets)):
        for number, target in enumerate(targets):
            if runs.stop.asked:
                break
            name = target.study_name(runs.processor, programs.hash(), programs.measure_hash())
            if asked.study:
                name = asked.study if len(targets) == 1 else f"{asked.study}-{name}"
            study = runs.study(target, name)
            studies.append(study)
            had = kept.find(target.key())
            now = time.monotonic()
            runs.tune(target, study, now + (deadline - now) / (len(targets) - number), [had["knobs"]] if had else [])
            if is_kept:
                _keep(kept, target, study, {"command": asked.command, "date": date.today().isoformat(),
                                        "compiler": programs.compiler(), "halide": info.get("halide", "")})
    results = [report.Result.of(study) for study in studies]
    lines = report.summary_of(results)
    faults = report.faults_of(results, asked.library, asked.build)
    _print(results, lines + faults)
    pages = kept.path.with_suffix(".html")
    page.write(pages, results, runs.processor, asked.command, lines + faults)
    if is_kept:
        print(f"The record: {kept.path}" if kept.path.exists() else "No record was written: there is no better row")
    else:
        print("There are no records for GPUs: KNOBS of axnorm_add_library() takes what was found")
    print(f"The page: {pages}")
    if runs.stop.asked:
        print("Stopped early; the same command again goes on")
        return INTERRUPTED
    return 1 if faults else 0


def _record(asked, processor, info):
    """The one that is asked for, or the processor's."""
    isa = info["cpu_isa"] if asked.device == "cpu" else asked.device
    default = ROOT / "schedules" / "tuned" / f"{machine.slug(processor)}-{isa}.json"
    if asked.device != "cpu":
        default = asked.work / default.name
    return record.Record(asked.out or default, processor)


def _console():
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)


def _keep(kept, target, study, evidence):
    """Writes what the study came to, if that changes the record."""
    verdict = study.user_attrs["verdict"]
    had = kept.find(target.key())
    if verdict["kept"]:
        row = record.row_of(target, verdict, evidence)
        if had is None or had["knobs"] != row["knobs"] or had["evidence"].get("cases") != row["evidence"]["cases"]:
            kept.put(row)
            kept.write()
    elif had is not None and had["knobs"] in {trial.user_attrs["result"]["knobs"] for trial in results_of(study)}:
        # It was tried again, and is no better any more.
        kept.drop(target.key())
        kept.write()


def dry_run(targets, trials):
    """What there is to search."""
    console = _console()
    for target in targets:
        space = target.space
        how = "all of it" if space.size <= trials else f"{trials} trials by TPE"
        print(f"{target.title}: family {space.family}, {space.size} points; {how}")
        table = Table()
        for column in ("knob", "default", "legal", "meaning"):
            table.add_column(column, overflow="fold")
        for name, values in space.legal.items():
            table.add_row(name, str(space.defaults[name]), ", ".join(map(str, values)), space.meanings[name])
        for case in target.cases:
            print(f"  {case.title}")
        console.print(table)
    return 0


def compare(asked, targets, programs, cores):
    """The table of autoschedulers."""
    kept = _record(asked, machine.processor(), measuring.info(programs.measure, asked.work / "axnorm-measure.log"))

    def tuned_of(target):
        row = kept.find(target.key())
        return row["knobs"] if row else None

    rows, stopped = baselines.compare(targets, programs, cores, asked, tuned_of)
    _console().print(baselines.table_of(rows, asked.baselines))
    for line in baselines.summary_of(rows, asked.baselines):
        print(line)
    return INTERRUPTED if stopped else 0


def try_knobs(asked, targets, programs, runs):
    """One point beside the default: compiled, checked and raced, without a study."""
    wrong = 0
    for target in targets:
        point = target.space.point(asked.knobs)
        if point is None:
            legal = "; ".join(f"{name}: {', '.join(map(str, values))}" for name, values in target.space.legal.items())
            raise TuneError(f"--knobs '{asked.knobs}': {target.title} is of family {target.space.family}, which has the"
                            f" knobs {legal}")
        lab = Lab(target, programs, runs.cores, asked.work, runs.limits)
        try:
            library, _, _ = lab.compile(target.space.text(point))
            for case, (race, _) in zip(target.cases, lab.races(target.space.text(point), library,
                                                               2 * asked.time_scale * len(target.cases))):
                print(f"{case.title}: {race['ratio']:.3f} times as fast as the default ({race['low']:.3f} to"
                      f" {race['high']:.3f}), {race['candidate_us']:.2f} {race.get('unit', 'us')}, the same bits")
        except (CompileError, Fault) as fault:
            print(f"{target.title}, {asked.knobs}: {fault}", file=sys.stderr)
            wrong = 1
        finally:
            lab.close()
    return wrong


def work(asked):
    if not asked.storage:
        raise TuneError("worker: --storage says which studies to join")
    storage.check_for_workers(asked.storage)
    programs = _programs(asked)
    # Those of the runtime are short: no worker is needed.
    studies = [study for study in _studies(asked) if asked.study or "threshold" not in study.user_attrs]
    runs = Runs(asked, programs, machine.Cores(asked.work, asked.cpu), Stop(), Shown())
    with runs.shown.running(sum(study.user_attrs.get("trials", 0) for study in studies)):
        for study in studies:
            if not runs.stop.asked:
                runs.join(study)
    return INTERRUPTED if runs.stop.asked else 0


def _studies(asked):
    """Those of the storage, or of all journals here."""
    if asked.storage and storage.is_file(asked.storage) and not Path(asked.storage).exists():
        raise TuneError(f"--storage {asked.storage}: there is no such file")
    wheres = [asked.storage] if asked.storage else sorted(map(str, asked.work.glob("*.journal")))
    studies = [study for where in wheres for study in studies_of(storage.opened(where))]
    found = [study for study in studies if asked.study in (None, study.study_name)]
    if not found:
        names = ", ".join(study.study_name for study in studies) or "none"
        raise TuneError(f"there is no study {asked.study or 'here'}; there are: {names}" if asked.study or wheres else
                        f"there is no study in {asked.work} yet")
    return found


def show(asked):
    results = [report.Result.of(study) for study in _studies(asked) if "title" in study.user_attrs]
    lines = report.summary_of(results) + report.faults_of(results)
    _print(results, lines)
    path = asked.out or asked.work / "report.html"
    page.write(path, results, machine.processor(), asked.command, lines)
    print(f"The page: {path}")
    return 0


def _print(results, lines):
    console = _console()
    console.print(report.table_of(results))
    for line in lines:
        print(line)
