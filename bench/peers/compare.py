"""axnorm against other libraries: scripts/bench --peers runs this, in an environment that has them.

All are measured in one process for each number of threads: each once a round, in random order.
"""

import argparse
import json
import re
import sys
from pathlib import Path

import machine
import results
from native import Axnorm

PEERS = ["onednn", "onnxruntime", "jax"]


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench --peers", description=__doc__.splitlines()[0])
    parser.add_argument("--libraries", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--with-torch", action="store_true", help="libtorch too, which is 540 MB to download")
    parser.add_argument("--filter", default="", metavar="REGEX", help="cases: a match of 'name, dtype'")
    parser.add_argument("--rounds", type=int, default=15, help="times of each provider (15)")
    parser.add_argument("--threads", type=numbers, default=[1, 2], help="numbers of threads, a run each (1,2)")
    parser.add_argument("--no-cold", action="store_true", help="warm caches only")
    parser.add_argument("--tsv", type=Path, metavar="FILE", help="a line for each case, warm caches")
    parser.add_argument("--cold-tsv", type=Path, metavar="FILE", help="the same, cold caches")
    parser.add_argument("--json", type=Path, metavar="FILE", help="all times, and what they were measured with")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="PNG or SVG: speed as a share of a copy, one thread")
    parser.add_argument("--check", action="store_true", help="exit code 1 where a bar is missed")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds is at least 1")
    if arguments.cold_tsv and arguments.no_cold:
        parser.error("--cold-tsv has nothing to write with --no-cold")
    for path in (arguments.tsv, arguments.cold_tsv, arguments.json, arguments.plot):
        if path and not path.parent.is_dir():
            parser.error(f"there is no folder {path.parent}")
    return arguments


def numbers(text):
    return [int(number) for number in text.split(",")]


def chosen_cases(library, pattern):
    """Of all that match, those of dtypes that are linked; what is left out is told."""
    cases = [case for case in library.cases() if re.search(pattern, f"{case['case']}, {case['dtype']}")]
    for case in cases:
        if case["dtype"] not in case["dtypes"]:
            print(f"Left out: {case['case']}: the library that is linked has no kernels for {case['dtype']},"
                  f" {case['statistic']}", file=sys.stderr)
    cases = [case for case in cases if case["dtype"] in case["dtypes"]]
    if not cases:
        sys.exit("There is no such case.")
    return cases


def measure(arguments, cases, machine_is):
    """What the processes wrote, put together."""
    peers = PEERS + ["torch"] * arguments.with_torch
    settings = {"peers": peers, "libraries": str(arguments.libraries), "rounds": arguments.rounds,
                "cases": [case["index"] for case in cases],
                "evicted_bytes": 0 if arguments.no_cold else 2 * machine_is["last_level_cache_bytes"]}
    measured = {"machine": machine_is, "rounds": arguments.rounds, "runs": []}
    for threads in arguments.threads:
        if threads > machine_is["cpus"]:
            print(f"{threads} threads are left out: there are {machine_is['cpus']} CPUs", file=sys.stderr)
            continue
        part = machine.run_worker("worker.py", threads, settings)
        measured["runs"] += part["runs"]
        measured["versions"], measured["missing"] = part["versions"], part["missing"]
    if not arguments.with_torch:
        measured["missing"]["torch"] = "not asked for: --with-torch"
    return measured


def write(arguments, measured, rows, cold_rows):
    if arguments.json:
        arguments.json.write_text(json.dumps(measured, indent=1) + "\n")
    if arguments.tsv:
        arguments.tsv.write_text(results.tsv_of(rows))
    if arguments.cold_tsv:
        arguments.cold_tsv.write_text(results.tsv_of(cold_rows))
    if arguments.plot:
        import plot
        plot.draw(measured, arguments.plot)


def print_all(measured, arguments, rows, cache_bytes):
    """The table, warm and cold; what was left out; the bars. Whether all are met."""
    for cache in ["warm"] if arguments.no_cold else ["warm", "cold"]:
        print(f"Medians in microseconds, {cache} caches\n")
        print(results.markdown_of(measured["runs"], cache_bytes, cache))
    print(", ".join(f"{name} {version}" for name, version in measured["versions"].items()))
    for name, reason in measured["missing"].items():
        print(f"Without {name}: {reason}")
    print()
    bars = results.bars_of(rows)
    for bar in bars:
        print(bar)
    print()
    for line in results.summary_of(rows):
        print(line)
    missed = sum(not bar.met for bar in bars)
    print(f"{len(bars) - missed} of {len(bars)} bars are met")
    return missed == 0 and bool(bars)


def main():
    arguments = parse_arguments()
    machine_is = machine.description("--peers")
    if machine_is["load_average"] > 0.5:
        print(f"The machine is busy (load average {machine_is['load_average']:.1f}): two threads wait for one another,"
              " and times are not to be relied on", file=sys.stderr)
    library = Axnorm(arguments.libraries / "peer_axnorm.so")
    measured = measure(arguments, chosen_cases(library, arguments.filter), machine_is)
    cache_bytes = machine_is["last_level_cache_bytes"]
    rows = results.rows_of(measured["runs"], cache_bytes)
    cold_rows = [] if arguments.no_cold else results.rows_of(measured["runs"], cache_bytes, "cold")
    write(arguments, measured, rows, cold_rows)
    met = print_all(measured, arguments, rows, cache_bytes)
    wrong = [f"{run['case']['case']}, {run['case']['dtype']}: {run['providers']['axnorm']['error']:.1e}"
             for run in measured["runs"] if run["providers"]["axnorm"]["wrong"]]
    for line in wrong:
        print(f"axnorm is WRONG: {line}", file=sys.stderr)
    return 1 if wrong or (arguments.check and not met) else 0


if __name__ == "__main__":
    sys.exit(main())
