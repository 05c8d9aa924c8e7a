"""The page of a run: one file of HTML with its plots, which needs no network."""

import html
import warnings
from datetime import date

import optuna
import plotly.graph_objects as go
from optuna.importance import get_param_importances
from plotly.offline import get_plotlyjs

from axnorm_tune.search import results_of

HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>axnorm: tuned schedules</title>
<style>
body { font-family: sans-serif; margin: 2em auto; max-width: 70em; color: #222; }
table { border-collapse: collapse; } td, th { padding: .3em .7em; border-bottom: 1px solid #ddd; text-align: left; }
td.number, th.number { text-align: right; } code { background: #f4f4f4; } .default { color: #888; }
</style>
"""


def _figure(figure, title, height=340):
    figure.update_layout(title=title, height=height, template="plotly_white", margin={"l": 60, "r": 20, "t": 50, "b": 50})
    return figure.to_html(full_html=False, include_plotlyjs=False)


def before_and_after(results):
    """Times as a share of the default's: microseconds of different cases do not go into one plot."""
    names, shares, texts, bars = [], [], [], {"up": [], "down": []}
    for result in results:
        races = result.verdict.get("races") if result.tuned else None
        for case, race in zip(result.cases, races or [None] * len(result.cases)):
            names.append(case.title)
            ratio, low, high = (race["ratio"], race["low"], race["high"]) if race else (1, 1, 1)
            shares.append(1 / ratio)
            bars["up"].append(1 / low - 1 / ratio)
            bars["down"].append(1 / ratio - 1 / high)
            texts.append(f"{race['incumbent_us']:.2f}, {race['candidate_us']:.2f} {result.unit}" if race else "default")
    figure = go.Figure([
        go.Bar(y=names, x=[1] * len(names), name="default", orientation="h", marker_color="#bbb"),
        go.Bar(y=names, x=shares, name="tuned", orientation="h", marker_color="#2a6f97", text=texts,
               error_x={"array": bars["up"], "arrayminus": bars["down"]})])
    figure.update_layout(barmode="group", xaxis_title="time, as a share of the default's", yaxis_autorange="reversed")
    return _figure(figure, "Before and after", 160 + 45 * len(names))


def convergence(result):
    numbers, values, texts, best = [], [], [], []
    for trial in results_of(result.study):
        if trial.value is not None:
            numbers.append(trial.number)
            values.append(trial.value)
            texts.append(trial.user_attrs["result"]["knobs"] or "default")
            best.append(max(trial.value, best[-1] if best else 0))
    figure = go.Figure([go.Scatter(x=numbers, y=values, mode="markers", name="a trial", text=texts,
                                   marker_color="#89c2d9"),
                        go.Scatter(x=numbers, y=best, mode="lines", name="the best so far", line_color="#2a6f97")])
    figure.update_layout(xaxis_title="trial", yaxis_title="ratio to the default")
    return _figure(figure, "Convergence")


def importance(result):
    """What share of the differences each knob makes; "" where there are too few trials to say."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            shares = get_param_importances(result.study)
        except (ValueError, RuntimeError, ZeroDivisionError):
            return ""
    names = list(shares)[::-1]
    figure = go.Figure(go.Bar(x=[shares[name] for name in names], y=names, orientation="h", marker_color="#2a6f97"))
    figure.update_layout(xaxis_title="share (PED-ANOVA)")
    return _figure(figure, "Importance of each knob", 160 + 25 * len(names))


def noise(result):
    """How wide the intervals are, and how much the default's times differ among themselves."""
    trials = [trial for trial in results_of(result.study) if trial.user_attrs["result"].get("races")]
    points = [(trial.number, race) for trial in trials for race in trial.user_attrs["result"]["races"]]
    figure = go.Figure([
        go.Scatter(x=[number for number, _ in points], mode="markers", name="half of the interval of the ratio",
                   y=[100 * (race["high"] - race["low"]) / 2 / race["ratio"] for _, race in points]),
        go.Scatter(x=[number for number, _ in points], mode="markers", name="deviation of the default's times",
                   y=[100 * race.get("noise", 0) for _, race in points])])
    figure.update_layout(xaxis_title="trial", yaxis_title="%")
    return _figure(figure, "Noise")


def _rows(results):
    for result in results:
        verdict = result.verdict
        kept = (f"<td class=number>{verdict['ratio']:.3f}</td><td>{verdict['low']:.3f} to {verdict['high']:.3f}</td>"
                f"<td><code>{html.escape(verdict['knobs'])}</code></td>") if result.tuned else (
                    f"<td class=number>1</td><td></td><td>default: {html.escape(verdict.get('why', ''))}</td>")
        yield (f"<tr{'' if result.tuned else ' class=default'}><td>{html.escape(result.title)}</td>"
               f"<td class=number>{result.space_size}</td><td class=number>{result.trials}</td>{kept}</tr>")


def text_of(results, facts, lines, what="Kernels"):
    """`facts` are of the run, as pairs; `lines` what the terminal says below its table; `what` was tuned."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    parts = [HEAD, f"<script>{get_plotlyjs()}</script></head><body><h1>Tuned {what.lower()}</h1><table>"]
    parts += [f"<tr><td>{html.escape(name)}</td><td>{html.escape(str(value))}</td></tr>" for name, value in facts]
    parts.append(f"</table><h2>{what}</h2><table><tr><th><th class=number>space<th class=number>trials"
                 "<th class=number>ratio<th>95 %<th>knobs</tr>")
    parts += [*_rows(results), "</table>", *(f"<p>{html.escape(line)}</p>" for line in lines)]
    if results:
        parts.append(before_and_after(results))
    for result in results:
        parts.append(f"<h2>{html.escape(result.title)}</h2>")
        if results_of(result.study):
            parts += [convergence(result), importance(result), noise(result)]
    return "\n".join([*parts, "</body></html>", ""])


def write(path, results, processor, command, lines, what="Kernels"):
    facts = [("processor", processor["name"]), ("family, model", f"{processor['family']}, {processor['model']}"),
             ("caches", ", ".join(f"{name} {size >> 10} KiB" for name, size in processor["caches"].items())),
             ("command", command), ("date", date.today().isoformat())]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text_of(results, facts, lines, what))
