"""Tables of what was measured on a GPU. Only the standard library and results.py; tested in tests/."""

import math

import results

THREADS = "gpu"  # in the column of threads


def rows_of(runs):
    # Nothing is held in a cache: every case is beyond it, and L2 is cold.
    return results.rows_of(runs, 0, "cold")


def gigabytes_per_second(run, us):
    return run["case"]["bytes"] / us / 1e3


def markdown_of(runs):
    """A line for each run; a result that was wrong is marked, and does not count."""
    names = sorted({name for run in runs for name in run["providers"] if results.is_peer(name)})
    head = ["case", "dtype", "copy", "axnorm", "GB/s", *names, "best peer", "speedup", "share"]
    lines = [head, ["---"] * len(head)]
    for run in runs:
        row = results.row_of(run, 0, "cold")
        lines.append([row.case, row.dtype, results.number(row.copy_us, 1)]
                     + [results.cell(run["providers"].get("axnorm"), "cold"),
                        results.number(gigabytes_per_second(run, row.axnorm_us), 0)]
                     + [results.cell(run["providers"].get(name), "cold") for name in names]
                     + [row.best_peer, results.number(row.speedup, 2), results.number(row.share_of_copy, 2)])
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def host_markdown_of(costs):
    """Of {case: {name: us}}: a line for each case."""
    names = list(dict.fromkeys(name for by_name in costs.values() for name in by_name))
    lines = [["case", *names], ["---"] * (1 + len(names))]
    for case, by_name in costs.items():
        lines.append([case] + [results.number(by_name.get(name, math.nan), 2) for name in names])
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def calls_of(text):
    """What axnorm_cuda_calls prints, as microseconds by name."""
    lines = [line.split("\t") for line in text.splitlines() if line]
    return {name: float(nanoseconds) / 1e3 for name, nanoseconds in lines}


def summary_of(rows):
    ranked = [row for row in rows if not math.isnan(row.speedup)]
    lines = []
    if ranked:
        worst = min(ranked, key=lambda row: row.speedup)
        lines.append(f"{results.geometric_mean([row.speedup for row in ranked]):.2f} times as fast as the best peer"
                     f" (geometric mean of {len(ranked)} cases); at least as fast in"
                     f" {sum(row.speedup >= 1 for row in ranked)}; least {worst.speedup:.2f}: {worst.case},"
                     f" {worst.dtype}, against {worst.best_peer}")
    shares = [row for row in rows if not math.isnan(row.share_of_copy)]
    if shares:
        worst = min(shares, key=lambda row: row.share_of_copy)
        lines.append(f"{results.geometric_mean([row.share_of_copy for row in shares]):.2f} of the copy's speed"
                     f" (geometric mean of {len(shares)} cases); least {worst.share_of_copy:.2f}: {worst.case},"
                     f" {worst.dtype}")
    return lines
