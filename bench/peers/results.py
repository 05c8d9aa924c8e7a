"""What measured runs come to: rows, the TSV file, tables, and the bars. Only the standard library; tested in tests/.

A run is {"case": {...}, "threads": 1, "providers": {name: {"warm_us": [...], "cold_us": [...], "wrong": false}}}.
"""

import math
import re
import statistics
from dataclasses import dataclass

TSV_HEADER = ("case", "dtype", "threads", "axnorm_us", "best_peer", "best_peer_us", "speedup", "copy_us",
              "share_of_copy")

LEAST_SPEEDUP = 1.0  # over the best peer, in each case
LEAST_MEAN_SPEEDUP = 2.0  # geometric mean over all cases
LEAST_SPEEDUP_OF = {r"^batch NHWC 16x30x40x3$": 4.0, r"^group NHWC ": 4.0}
# Of the best copy, where x and y together are beyond the last-level cache.
LEAST_SHARE, LEAST_SHARE_NHWC = 0.65, 0.5
LEAST_SCALING = 1.6  # of two threads over one, where the copy scales so
# Batch norm has read all of x before it can write: two reads and one write, where a copy has one of each.
TWO_READS_AND_A_WRITE = 1.5


@dataclass(frozen=True)
class Row:
    """Medians, in microseconds; NaN where there is none."""

    case: str
    dtype: str
    threads: int
    axnorm_us: float
    best_peer: str
    best_peer_us: float
    copy_us: float
    bound_us: float  # what share_of_copy is a share of
    beyond_cache: bool

    @property
    def speedup(self):
        return self.best_peer_us / self.axnorm_us

    @property
    def share_of_copy(self):
        return self.bound_us / self.axnorm_us


def median_of(provider, cache):
    """NaN where the results were wrong, or nothing was measured."""
    times = provider[f"{cache}_us"]
    return statistics.median(times) if times and not provider["wrong"] else math.nan


def is_copy(name):
    return name.startswith("copy ")


def is_peer(name):
    return name != "axnorm" and not is_copy(name)


def is_batch_norm(case):
    """With statistics of the whole batch, for each channel."""
    return case["statistic"] == "mean_var" and [axis["name"] for axis in case["axes"] if axis["kept"]] == ["c"]


def least(times):
    """Name and time of the fastest; "-" and NaN where there is none."""
    times = {name: us for name, us in times.items() if not math.isnan(us)}
    name = min(times, key=times.get, default="-")
    return name, times.get(name, math.nan)


def row_of(run, cache_bytes, cache="warm"):
    case = run["case"]
    times = {name: median_of(provider, cache) for name, provider in run["providers"].items()}
    copy_us = least({name: us for name, us in times.items() if is_copy(name)})[1]
    peer, peer_us = least({name: us for name, us in times.items() if is_peer(name)})
    beyond = case["bytes"] > cache_bytes
    factor = TWO_READS_AND_A_WRITE if beyond and is_batch_norm(case) else 1.0
    return Row(case["case"], case["dtype"], run["threads"], times.get("axnorm", math.nan), peer, peer_us, copy_us,
               copy_us * factor, beyond)


def rows_of(runs, cache_bytes, cache="warm"):
    """Of the runs of which axnorm was a part; its result may have been wrong."""
    return [row_of(run, cache_bytes, cache) for run in runs if "axnorm" in run["providers"]]


def number(value, digits=3):
    return "-" if math.isnan(value) else f"{value:.{digits}f}"


def tsv_of(rows):
    lines = [TSV_HEADER]
    for row in rows:
        lines.append((row.case, row.dtype, str(row.threads), number(row.axnorm_us), row.best_peer,
                      number(row.best_peer_us), number(row.speedup), number(row.copy_us), number(row.share_of_copy)))
    return "".join("\t".join(line) + "\n" for line in lines)


def markdown_of(runs, cache_bytes, cache="warm"):
    """A line for each run, with every provider; a result that was wrong is marked, and does not count."""
    names = sorted({name for run in runs for name in run["providers"] if is_peer(name)})
    head = ["case", "dtype", "threads", "copy", "axnorm", *names, "best peer", "speedup", "share"]
    lines = [head, ["---"] * len(head)]
    for run in runs:
        row = row_of(run, cache_bytes, cache)
        lines.append([row.case, row.dtype, str(row.threads), number(row.copy_us, 2)]
                     + [cell(run["providers"].get(name), cache) for name in ("axnorm", *names)]
                     + [row.best_peer, number(row.speedup, 2), number(row.share_of_copy, 2)])
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def cell(provider, cache):
    if provider is None:
        return "-"
    if provider["wrong"]:
        return "wrong"
    return number(median_of(provider, cache), 2)


def geometric_mean(values):
    return math.exp(statistics.fmean(map(math.log, values))) if values else math.nan


@dataclass(frozen=True)
class Bar:
    name: str
    value: float
    at_least: float

    @property
    def met(self):
        return self.value >= self.at_least  # NaN is not

    def __str__(self):
        return (f"{'met   ' if self.met else 'MISSED'}  {number(self.value, 2):>6}  at least {self.at_least:.2f}"
                f"  {self.name}")


def bars_of(rows):
    """Of warm rows. A case that no peer has is not compared, but one that axnorm gets wrong misses its bars."""
    bars = []
    for row in rows:
        name = f"{row.case}, {row.dtype}, {row.threads} thread(s)"
        if row.best_peer != "-":
            least_speedup = next((bar for pattern, bar in LEAST_SPEEDUP_OF.items() if re.search(pattern, row.case)),
                                 LEAST_SPEEDUP)
            bars.append(Bar(f"times as fast as the best peer: {name}", row.speedup, least_speedup))
        if row.beyond_cache:
            bars.append(Bar(f"share of the copy: {name}", row.share_of_copy,
                            LEAST_SHARE_NHWC if "NHWC" in row.case else LEAST_SHARE))
    return bars + mean_bars(rows) + scaling_bars(rows)


def mean_bars(rows):
    bars = []
    for threads in sorted({row.threads for row in rows}):
        speedups = [row.speedup for row in rows if row.threads == threads and not math.isnan(row.speedup)]
        if speedups:
            bars.append(Bar(f"times as fast as the best peer, geometric mean of {len(speedups)} cases,"
                            f" {threads} thread(s)", geometric_mean(speedups), LEAST_MEAN_SPEEDUP))
    return bars


def scaling_bars(rows):
    bars = []
    single = {(row.case, row.dtype): row for row in rows if row.threads == 1}
    for row in rows:
        one = single.get((row.case, row.dtype))
        if row.threads == 2 and one is not None and one.copy_us / row.copy_us >= LEAST_SCALING:
            bars.append(Bar(f"times as fast on two threads: {row.case}, {row.dtype}", one.axnorm_us / row.axnorm_us,
                            LEAST_SCALING))
    return bars


def summary_of(rows):
    """For each number of threads: cases, geometric mean and least of the speedups, wins."""
    lines = []
    for threads in sorted({row.threads for row in rows}):
        ranked = [row for row in rows if row.threads == threads and not math.isnan(row.speedup)]
        if ranked:
            worst = min(ranked, key=lambda row: row.speedup)
            wins = sum(row.speedup >= 1 for row in ranked)
            lines.append(f"{threads} thread(s): {geometric_mean([row.speedup for row in ranked]):.2f} times as fast as"
                         f" the best peer (geometric mean of {len(ranked)} cases); at least as fast in {wins};"
                         f" least {worst.speedup:.2f}: {worst.case}, {worst.dtype}, against {worst.best_peer}")
    return lines
