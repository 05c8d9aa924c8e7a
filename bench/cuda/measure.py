"""How the ways to do a case are measured: each once a round, in random order, between two events, with a cold L2.

Nothing here knows torch but for the clock and what is called.
"""

import gc
import math
import random
import statistics
import time

ROUNDS_TO_TRY = 3
MOST_BEHIND = 1.25  # times as slow as the library's fastest way, when tried: such a way is measured too
WARM_UP = 3
CALLS_OF_A_BATCH = 100  # of host costs: less than what the driver's queue takes


class GpuClock:
    """Times of calls by events in the current stream, in microseconds.

    Before each, a buffer larger than L2 is read, not written: dirty lines would be written back in the time of the call.
    Then the GPU waits until the host has made the call, so that what calls cost the host is not in it.
    """

    def __init__(self, torch, l2_bytes):
        self._torch = torch
        self._buffer = torch.zeros(max(4 * l2_bytes, 256 << 20) // 4, dtype=torch.int32, device="cuda")
        self._most = torch.zeros((), dtype=torch.int32, device="cuda")
        self._begin, self._end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        self._cycles = 200_000
        self.exposed = 0  # times that the host may have been late for, however long the GPU waited

    def time(self, call):
        for _ in range(4):
            self._torch.amax(self._buffer, 0, out=self._most)
            self._torch.cuda._sleep(self._cycles)
            self._begin.record()
            result = call()
            self._end.record()
            late = self._begin.query()
            self._end.synchronize()
            del result
            if not late:
                break
            self._cycles = min(2 * self._cycles, 20_000_000)
        self.exposed += late
        return self._begin.elapsed_time(self._end) * 1e3


class Entry:
    """A way of a provider, checked; its times. The error of a copy is 0 or infinite."""

    def __init__(self, name, way, call, error, tolerance):
        self.name, self.way, self.call, self.error = name, way, call, error
        self.wrong = not error <= tolerance
        self.times = []

    def as_json(self):
        return {"way": self.way, "error": self.error if math.isfinite(self.error) else str(self.error),
                "wrong": self.wrong, "warm_us": [], "cold_us": self.times}


def opened(name, ways, check, tolerance):
    """The ways that run, and why others do not; check(call) is the error of what it returns."""
    entries, reasons = [], []
    for way, call in ways:
        try:
            entries.append(Entry(name, way, call, check(call), tolerance))
        except Exception as error:  # libraries fail in ways of their own, and the others are still worth having
            reasons.append(f"{way}: {(str(error) or repr(error)).splitlines()[0]}")
    return entries, "; ".join(reasons)


def contenders(entries, clock):
    """Of those that are right, if any is, the fastest and what may be as fast."""
    tried = {}
    for entry in entries:
        for _ in range(WARM_UP):
            entry.call()
        tried[entry] = min(clock.time(entry.call) for _ in range(ROUNDS_TO_TRY))
    best = min(entries, key=lambda entry: (entry.wrong, tried[entry]))
    return [entry for entry in entries if entry.wrong == best.wrong and tried[entry] <= MOST_BEHIND * tried[best]]


def measure(entries, clock, rounds):
    """Every entry once a round."""
    order = list(entries)
    enabled = gc.isenabled()
    gc.disable()
    for _ in range(rounds):
        random.shuffle(order)
        for entry in order:
            entry.times.append(clock.time(entry.call))
    if enabled:
        gc.enable()


def fastest_by_name(entries):
    """Of each library its way of the least median, as JSON, in the order of the entries."""
    best = {}
    for entry in entries:
        known = best.get(entry.name)
        if known is None or statistics.median(entry.times) < statistics.median(known.times):
            best[entry.name] = entry
    return {name: entry.as_json() for name, entry in best.items()}


def host_costs(calls, wait, rounds):
    """By name, microseconds that a call takes the host where nothing waits for the GPU: medians of batches."""
    times = {name: [] for name in calls}
    for number in range(WARM_UP + rounds):
        for name, call in calls.items():
            begin = time.perf_counter()
            for _ in range(CALLS_OF_A_BATCH):
                call()
            spent = time.perf_counter() - begin
            wait()
            if number >= WARM_UP:
                times[name].append(spent / CALLS_OF_A_BATCH * 1e6)
    return {name: statistics.median(values) for name, values in times.items()}
