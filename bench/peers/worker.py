"""Measures cases in a process of its own: the driver starts one for each number of threads.

    python worker.py '{"threads": 1, "libraries": ..., "output": "results.json", ...}'

The number of CPUs that the process may use, and the environment that tunes allocators, have to be set before the
libraries are loaded; compare.py does that.
"""

import gc
import json
import math
import random
import statistics
import sys
import time
from functools import partial
from pathlib import Path

import numpy

from native import Axnorm, NativePeer, Unsupported
from operands import TOLERANCES, Operands, error_of

LEAST_SECONDS = 1e-3  # of a time: small cases are looped
MOST_BEHIND = 1.5  # times as slow as the fastest way, when tried: such a way is measured too
REST = 1e-2  # seconds between two libraries where there are several threads: OpenMP's spin for about 5 ms


def log(text):
    print(text, file=sys.stderr, flush=True)


def load_peers(names, libraries):
    """axnorm, the peers that are there, and why others are not."""
    libraries = Path(libraries)
    axnorm = Axnorm(libraries / "peer_axnorm.so")
    peers, missing = [], {}
    for name in names:
        try:
            if name == "jax":
                from jax_peer import JaxPeer as Peer
            elif name == "onnxruntime":
                from onnx_peer import OnnxPeer as Peer
            else:
                path = libraries / f"peer_{name}.so"
                if not path.exists():
                    raise ImportError(f"not installed, so that {path.name} was not built")

                def Peer(name=name, path=path):
                    return NativePeer(name, path)
            peers.append(Peer())
        except (ImportError, OSError) as error:
            missing[name] = str(error).splitlines()[0]
    return axnorm, peers, missing


class Entry:
    """A provider of a case: one way, and its times. The error of a copy is None."""

    def __init__(self, name, way, runner, error, tolerance):
        self.name, self.way, self.runner, self.error = name, way, runner, error
        self.wrong = error is not None and not error <= tolerance
        self.seconds = quick_time(runner)
        self.iterations = max(1, math.ceil(LEAST_SECONDS / self.seconds))
        self.warm, self.cold = [], []

    def measure(self, evict):
        """Microseconds of a run, warm, and cold where there is `evict`; after as many that are not timed, since a cache
        that was evicted does not keep all of the first one."""
        self.runner.time(self.iterations)
        self.warm.append(self.runner.time(self.iterations) / self.iterations * 1e6)
        if evict is not None:
            evict()
            self.cold.append(self.runner.time(1) * 1e6)

    def as_json(self):
        return {"way": self.way, "error": self.error, "wrong": self.wrong, "iterations": self.iterations,
                "warm_us": self.warm, "cold_us": self.cold}


def quick_time(runner):
    """Seconds of a run, about: the least of three after it has been warmed up."""
    count = max(1, math.ceil(LEAST_SECONDS / max(runner.time(1), 1e-9)))
    return min(runner.time(count) for _ in range(3)) / count


def open_ways(peer, operands, reference, threads):
    """All ways of a peer that can be opened, checked and tried; and why others cannot."""
    tolerance = TOLERANCES[operands.case["dtype"]]
    entries, reasons = [], []
    try:
        ways = peer.ways(operands, threads)
    except Unsupported as error:
        return [], str(error)
    for name, make in ways:
        try:
            runner = make()
            is_copy = name.startswith("copy ")
            error = None if is_copy else error_of(runner.result(), reference)
            entries.append(Entry(name if is_copy else peer.name, name, runner, error, tolerance))
        except Unsupported as error:
            reasons.append(f"{name}: {error}")
    return entries, "; ".join(reasons) or "has no such normalization"


def contenders(entries):
    """Of those that are right, if any is, the fastest and what may be as fast. The others are closed."""
    best = min(entries, key=lambda entry: (entry.wrong, entry.seconds))
    chosen = [entry for entry in entries if entry.wrong == best.wrong and entry.seconds <= MOST_BEHIND * best.seconds]
    for entry in entries:
        if entry not in chosen:
            entry.runner.close()
    return chosen


def fastest_by_name(entries):
    """By medians, of the ways of each library."""
    best = {}
    for entry in sorted(entries, key=lambda entry: -statistics.median(entry.warm)):
        best[entry.name] = entry.as_json()
    return {entry.name: best[entry.name] for entry in entries}


def measure_case(case, axnorm, peers, settings, evict):
    """Every provider once a round, in random order."""
    threads = settings["threads"]
    operands = Operands(case)
    reference = axnorm.reference(operands)
    entries, reason = open_ways(axnorm, operands, reference, threads)
    if not any(entry.name == "axnorm" for entry in entries):
        sys.exit(f"axnorm cannot do {case['case']}, {case['dtype']}: {reason}")
    absent = {}
    for peer in peers:
        ways, reason = open_ways(peer, operands, reference, threads)
        if ways:
            entries += contenders(ways)
        else:
            absent[peer.name] = reason
    order = list(entries)
    for _ in range(settings["rounds"]):
        random.shuffle(order)
        for entry in order:
            time.sleep(REST if threads > 1 else 0)
            entry.measure(evict)
    for entry in entries:
        entry.runner.close()
    return {"case": case, "threads": threads, "providers": fastest_by_name(entries), "absent": absent}


def report(run):
    """A line of progress."""
    times = [f"{name} {statistics.median(provider['warm_us']):.4g}{' WRONG' if provider['wrong'] else ''}"
             for name, provider in run["providers"].items()]
    log(f"  {', '.join(times)} us")
    for name, reason in run["absent"].items():
        log(f"    without {name}: {reason}")


def main():
    settings = json.loads(sys.argv[1])
    axnorm, peers, missing = load_peers(settings["peers"], settings["libraries"])
    for name, reason in missing.items():
        log(f"{name} is left out: {reason}")
    cases = [axnorm.cases()[index] for index in settings["cases"]]
    evict = None
    if settings["evicted_bytes"]:
        evict = partial(axnorm.evict, numpy.ones(settings["evicted_bytes"], numpy.uint8), settings["threads"])
    gc.disable()
    runs = []
    for number, case in enumerate(cases, 1):
        log(f"{settings['threads']} thread(s), {number} of {len(cases)}: {case['case']}, {case['dtype']}")
        runs.append(measure_case(case, axnorm, peers, settings, evict))
        report(runs[-1])
        gc.collect()
    versions = {peer.name: peer.version for peer in (axnorm, *peers)}
    Path(settings["output"]).write_text(json.dumps({"runs": runs, "versions": versions, "missing": missing}))


if __name__ == "__main__":
    main()
