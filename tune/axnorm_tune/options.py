"""The words behind scripts/tune."""

import argparse
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

from axnorm_tune import cases
from axnorm_tune.baselines import AUTOSCHEDULERS
from axnorm_tune.errors import TuneError

EXAMPLES = """examples:
  scripts/tune --pattern "b (g n) h w -> b g" --params "(g n)" --shape 8,128,64,64 --set g=32 --memory "b h w g n"
  scripts/tune --cases shapes.txt --trials 200 --out my_schedules.json
  scripts/tune --suite bench --minutes 60
  scripts/tune --runtime --out this_machine.tuning
  scripts/tune --baselines --suite bench
  scripts/tune worker --storage postgresql://tuner@host/tune
  scripts/tune report
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        raise TuneError(f"{message}; --help lists what there is")


def parse(arguments):
    """The options, with `action`: run, worker or report."""
    action = arguments[0] if arguments[:1] in (["worker"], ["report"]) else "run"
    parser = _Parser(prog="scripts/tune" if action == "run" else f"scripts/tune {action}",
                     formatter_class=argparse.RawDescriptionHelpFormatter)
    {"run": _add_run, "worker": _add_worker, "report": _add_report}[action](parser)
    _add_inner(parser)
    options = parser.parse_args(arguments if action == "run" else arguments[1:])
    options.action = action
    options.command = shlex.join(["scripts/tune", *_seen(arguments)])
    if action == "run":
        _check_run(options)
    return options


def _add_run(parser):
    parser.description = ("Finds knobs of schedules that are faster on this machine than the defaults, and writes them"
                          " into a record\nthat axnorm_add_library(... SCHEDULES) builds from. The same command again"
                          " goes on where it ended.\n`scripts/tune worker` joins, `scripts/tune report` shows what there"
                          " is: both have --help.")
    parser.epilog = EXAMPLES
    cases.add_options(parser)
    group = parser.add_argument_group("or several cases")
    group.add_argument("--cases", type=Path, metavar="FILE",
                       help="a case a line: these options, or an object of JSON as AXNORM_RECORD writes it")
    group.add_argument("--suite", help="bench: the cases of bench/cases.h, by the kernels of the default library")
    group.add_argument("--library", metavar="CMAKE_TARGET",
                       help="by the kernels of this library of axnorm_add_library(), instead of one made for the pattern")
    group.add_argument("--build", type=Path, metavar="FOLDER",
                       help="the build folder of the project that has the library; else axnorm's own, build/release")
    group.add_argument("--calls", type=Path, metavar="FILE", help="what calls it: another name for --cases")
    group = parser.add_argument_group("the runtime")
    group.add_argument("--runtime", action="store_true",
                       help="tune the runtime's thresholds instead of kernels, into a file that AXNORM_TUNING names; by"
                            " calls of its own, of the default library, or those of --pattern, --cases and --library")
    group.add_argument("--threshold", action="append", metavar="NAME", help="this one of them alone; repeatable")
    group = parser.add_argument_group("the search")
    group.add_argument("--trials", type=_count, default=100, help="of each kernel, at most (100)")
    group.add_argument("--minutes", type=float, help="for all of it, about")
    group.add_argument("--seed", type=int, default=0, help="of the search (0)")
    group.add_argument("--knobs", help='no search: this point alone, as "rows:4,stored_lanes:16", beside the default')
    group.add_argument("--baselines", nargs="?", metavar="NAMES", type=_autoschedulers, const=AUTOSCHEDULERS,
                       help="no search: what Halide's autoschedulers make of it, beside the default and the record's row;"
                            f" all, or some of {','.join(AUTOSCHEDULERS)}")
    group.add_argument("--dry-run", action="store_true", help="show what there is to search, and end")
    group = parser.add_argument_group("where it goes")
    group.add_argument("--out", type=Path, metavar="FILE", help="the record; else schedules/tuned/<processor>-<isa>.json,"
                                                                " of --runtime build/tune/studies/<processor>.tuning."
                                                                " Beside it the page, with .html at its end")
    _add_storage(group)


def _add_storage(group):
    group.add_argument("--storage", metavar="URL", help="postgresql://..., which workers share, or a journal file; else"
                                                        " build/tune/<study>.journal")
    group.add_argument("--study", metavar="NAME", help="the study's name; else it is made of kernel, cases and machine")


def _add_worker(parser):
    parser.description = "Works on the studies of a storage, on this machine, until their trials are done."
    _add_storage(parser)
    parser.add_argument("--seed", type=int, default=1, help="of the search: another one for each worker (1)")


def _add_report(parser):
    parser.description = "Shows the studies of a storage: a table here, and the page."
    _add_storage(parser)
    parser.add_argument("--out", type=Path, metavar="FILE", help="the page; else build/tune/report.html")


def _add_inner(parser):
    """What scripts/tune gives, and tests do."""
    parser.add_argument("--programs", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--cpu", type=int, help="the core that measures; else the last one that is free")
    for name in ("--compile-command", "--measure-command"):
        parser.add_argument(name, type=shlex.split, help=argparse.SUPPRESS)
    parser.add_argument("--autoschedulers", type=Path, help=argparse.SUPPRESS)
    for name, seconds in (("--answer-limit", 10), ("--compile-limit", None)):
        parser.add_argument(name, type=float, default=seconds, help=argparse.SUPPRESS)
    parser.add_argument("--time-scale", type=float, default=1, help=argparse.SUPPRESS)


INNER = ("--programs", "--work", "--autoschedulers", "--compile-command", "--measure-command", "--answer-limit",
         "--compile-limit", "--time-scale")


def _seen(arguments):
    """Those that a person gave."""
    seen, skip = [], False
    for word in arguments:
        if skip:
            skip = False
        elif word in INNER:
            skip = True
        else:
            seen.append(word)
    return seen


def _count(text):
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of at least 1")
    return int(text)


def _autoschedulers(text):
    names = tuple(text.split(","))
    for name in names:
        if name not in AUTOSCHEDULERS:
            raise argparse.ArgumentTypeError(f"there is no autoscheduler '{name}'; there are {', '.join(AUTOSCHEDULERS)}")
    return names


def _check_run(options):
    given = [name for name, value in (("--pattern", options.pattern), ("--cases", options.cases),
                                      ("--calls", options.calls), ("--suite", options.suite)) if value]
    if options.runtime:
        _check_runtime(options, given)
    elif options.threshold:
        raise TuneError("--threshold: of --runtime")
    elif len(given) != 1:
        raise TuneError(f"{' and '.join(given)}: one of them" if given else
                        "what is to be tuned? --pattern, --cases or --suite; --help has examples")
    options.cases = options.cases or options.calls
    if not options.pattern and (of_pattern := cases.given_beside_pattern(options)):
        of_its_own = given[0] if given else "--runtime"
        raise TuneError(f"{of_pattern} goes with --pattern; {of_its_own} has cases of its own")
    if options.build and not options.library:
        raise TuneError(f"--build '{options.build}': it is for --library")
    if options.baselines and options.device != "cpu":
        raise TuneError("--baselines: autoschedulers are compared on the cpu")
    if options.suite and options.device != "cpu":
        raise TuneError("--suite bench is of the cpu")
    if options.suite not in (None, "bench"):
        raise TuneError(f"--suite '{options.suite}': there is bench")
    if options.minutes is not None and options.minutes <= 0:
        raise TuneError("--minutes is above 0")


def _check_runtime(options, given):
    for name, value in (("--suite", options.suite), ("--knobs", options.knobs), ("--baselines", options.baselines)):
        if value is not None:
            raise TuneError(f"--runtime takes no {name}")
    if options.device != "cpu":
        raise TuneError("--runtime: thresholds are tuned for the cpu")
    if len(given) > 1:
        raise TuneError(f"{' and '.join(given)}: one of them")


def _on_device(options, found, left_out):
    """Calls that a program made on another device are not those that are asked for; lines without one are."""
    other = [case for case in found if case.device not in ("cpu", options.device)]
    kept = [replace(case, device=options.device) for case in found if case not in other]
    return kept, left_out + [f"{case.title}: --device {case.device} tunes for it" for case in other]


def cases_of(options):
    """The cases that are asked for, each once, and messages of those that are left out."""
    if options.pattern:
        return [cases.of_options(options)], []
    if options.cases:
        try:
            return _on_device(options, *cases.of_lines(options.cases.read_text(), options.cases))
        except OSError as error:
            raise TuneError(f"{options.cases}: {error.strerror}") from None
    options.library = options.library or "axnorm_default"
    program = options.programs / "bench" / "axnorm_bench_cases"
    if not program.exists():
        raise TuneError(f"{options.programs} has no bench/{program.name}: scripts/tune builds it")
    return cases.of_lines(subprocess.run([program], capture_output=True, text=True, check=True).stdout, program.name)
