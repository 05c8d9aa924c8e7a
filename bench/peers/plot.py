"""The picture of a comparison: speed as a share of a copy, axnorm beside its peers."""

import math

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402: the backend is chosen first

import results  # noqa: E402

COLOURS = {"axnorm": "#d62728", "onednn": "#1f77b4", "onnxruntime": "#2ca02c", "jax": "#9467bd", "torch": "#ff7f0e"}


def shares_of(run, cache_bytes):
    """By provider, bound / time; nothing for what was wrong."""
    bound = results.row_of(run, cache_bytes).bound_us
    shares = {name: bound / results.median_of(provider, "warm") for name, provider in run["providers"].items()
              if not results.is_copy(name)}
    return {name: share for name, share in shares.items() if not math.isnan(share)}


def draw(measured, path):
    """One thread where it was measured; a line for each case, from the top."""
    threads = min(run["threads"] for run in measured["runs"])
    runs = [run for run in measured["runs"] if run["threads"] == threads]
    figure, axes = pyplot.subplots(figsize=(8, 1.2 + 0.24 * len(runs)))
    shares = [shares_of(run, measured["machine"]["last_level_cache_bytes"]) for run in runs]
    names = sorted({name for share in shares for name in share}, key=lambda name: (name == "axnorm", name))
    for name in names:
        points = [(share[name], line) for line, share in enumerate(shares) if name in share]
        is_axnorm = name == "axnorm"
        axes.scatter(*zip(*points), s=46 if is_axnorm else 20, marker="D" if is_axnorm else "o", label=name,
                     color=COLOURS.get(name), alpha=1 if is_axnorm else 0.75, zorder=3 if is_axnorm else 2)
    labels = [run["case"]["case"] + ("" if run["case"]["dtype"] == "float32" else ", " + run["case"]["dtype"])
              for run in runs]
    axes.set_yticks(range(len(runs)), labels, fontsize=8)
    axes.set_ylim(len(runs) - 0.5, -0.5)
    axes.axvline(1, color="#444444", linewidth=1)
    axes.set_xscale("log")
    axes.set_xlabel("speed as a share of a copy's (batch norm beyond the cache: of two reads and a write)\n"
                    f"{measured['machine']['cpu']}, {threads} thread(s)", fontsize=8)
    axes.grid(True, which="major", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    figure.legend(*axes.get_legend_handles_labels(), fontsize=8, loc="upper center", ncols=len(names))
    figure.tight_layout(rect=(0, 0, 1, 1 - 0.3 / figure.get_figheight()))
    figure.savefig(path, dpi=120)
