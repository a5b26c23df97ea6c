"""What a run's table looks like, as pictures for a slide."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from benchmarks.report.marks import (
    SMALL,
    height,
    intervals,
    logarithmic,
    look,
    look_of_few,
    name_rows,
    told_apart,
)
from benchmarks.report.text import plain
from reference_models.visualise.canvas import COLOURS, GREY, label, legend, panels, tidy

_DOT, _RING = 6, 4
"""Points across a dot, and how much more across each ring around it."""
_MOST_COLUMNS = 2
"""Panels side by side that a page's width still shows in letters that can be read."""
_INTERVAL = ("accuracy_low", "accuracy", "accuracy_high")

Draw = Callable[[pd.DataFrame], Figure | None]


def pictures(figures: pd.DataFrame) -> dict[str, Figure]:
    """Return every picture that the table has figures for, by a name fit for a file.

    `figures` is a table of `benchmarks.report.figures_of`.
    """
    drawn = {name: draw(figures) for name, draw in _PICTURES.items()}
    return {name: figure for name, figure in drawn.items() if figure is not None}


def accuracy_and_parameters(figures: pd.DataFrame) -> Figure | None:
    """Accuracy against parameters, a panel a task; the line joins what nothing smaller beats."""
    known = figures[figures.accuracy.notna() & (figures.parameters > 0)]

    def draw(axes: Axes, part: pd.DataFrame) -> None:
        _dots_with_intervals(axes, part, "parameters")
        for _, same in part.groupby(["run", "device", "seed"]):
            front = pareto_front(same)
            axes.plot(front.parameters, front.accuracy, color=GREY, linewidth=1, zorder=0)
        label(axes, x="parameters")

    title = "Accuracy and size"
    caption = (
        "Bars are 95 % intervals. On the grey line: no smaller model of the run is as accurate. "
        "Models without parameters are left out."
    )
    return _by_task(known, title, caption, "parameters", draw)


def accuracy_and_time(figures: pd.DataFrame) -> Figure | None:
    """Accuracy against training time, a panel a task."""
    known = figures[figures.accuracy.notna() & figures.train_seconds.notna()]

    def draw(axes: Axes, part: pd.DataFrame) -> None:
        _dots_with_intervals(axes, part, "train_seconds")
        label(axes, x="training, seconds")

    caption = "Bars are 95 % intervals; each recipe trained to its end."
    return _by_task(known, "What the training time buys", caption, "train_seconds", draw)


def throughput(figures: pd.DataFrame) -> Figure | None:
    """Samples answered a second, a row a model, a mark a run and device."""
    caption = "Untrained models answering whole batches; the scale is logarithmic."
    return _rows(figures, "samples_per_second", "Throughput", "samples a second", caption)


def training_time(figures: pd.DataFrame) -> Figure | None:
    """Seconds of a whole training, a row a model, a mark a run and device."""
    caption = "Whole trainings by the recipe, evaluation left out; the scale is logarithmic."
    return _rows(figures, "train_seconds", "Training time", "seconds", caption)


def runs_against_the_first(figures: pd.DataFrame) -> Figure | None:
    """How many times as fast as the first run each other one answers and trains, model by model."""
    names = list(dict.fromkeys(figures.run))
    ratios = _ratios(figures, names[0]) if len(names) > 1 else figures.iloc[:0]
    if ratios.empty:
        return None
    if ratios.device.nunique() > 1:
        ratios = ratios.assign(run=ratios.run + ", " + ratios.device)
    figure, axes = panels(
        1,
        2,
        title=plain(f"Speed beside {names[0]}"),
        caption="Right of 1 is faster. The same code differs too, as a machine is busy or not.",
        cell=(5.2, height(ratios.model.nunique())),
    )
    for one, (name, words) in zip(axes[0], _SPEEDS.items(), strict=True):
        _marks(one, ratios, name)
        one.axvline(1, color=GREY, linewidth=1, zorder=0)
        label(one, x="times as fast", title=words)
        tidy(one)
    axes[0, 1].set_yticklabels([])
    legend(axes[0, 0], loc="best")
    return figure


def reported_and_reproduced(figures: pd.DataFrame) -> Figure | None:
    """The report's accuracy beside ours, where a run repeats what the report did."""
    known = figures[figures.reported.notna() & figures.accuracy.notna()]
    if known.empty:
        return None
    models = list(dict.fromkeys(known.model))
    figure, axes = panels(
        1,
        1,
        title="Reported and reproduced accuracy",
        caption="Bars are 95 % intervals for the test set; other seeds lie further apart.",
        cell=(7.5, height(len(models))),
    )
    one = axes[0, 0]
    places = known.model.map(models.index)
    names = {"accuracy": "value", "accuracy_low": "low", "accuracy_high": "high"}
    intervals(one, known.rename(columns=names), places, marker="o", color=COLOURS[0], label="ours")
    one.plot(known.reported, places, "D", color=COLOURS[1], label="the report", markersize=6)
    name_rows(one, models)
    label(one, x="test accuracy")
    tidy(one)
    legend(one, loc="best")
    return figure


def time_to_accuracy(figures: pd.DataFrame) -> Figure | None:
    """How long a model trains until it is as accurate as its report, a row a model."""
    known = figures[figures.reach_seconds.notna()]
    caption = "Median of ten seeds, the fastest and slowest left out; lines are the others' range."
    figure = _rows(known, "reach_seconds", "Time to the report's accuracy", "seconds", caption)
    if figure is not None:
        places = known.model.map(list(dict.fromkeys(known.model)).index)
        ends = (known.reach_seconds_low, known.reach_seconds_high)
        figure.axes[0].hlines(places, *ends, color=GREY, linewidth=1.2, zorder=0)
    return figure


def pareto_front(part: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that no smaller or equally small model beats, smallest first."""
    ordered = part.sort_values(["parameters", "accuracy"], ascending=[True, False])
    best_before = ordered.accuracy.cummax().shift(fill_value=-1.0)
    return ordered[ordered.accuracy > best_before]


_PICTURES: Final[dict[str, Draw]] = {
    "accuracy-and-parameters": accuracy_and_parameters,
    "accuracy-and-time": accuracy_and_time,
    "time-to-accuracy": time_to_accuracy,
    "training-time": training_time,
    "throughput": throughput,
    "runs-against-the-first": runs_against_the_first,
    "reported-and-reproduced": reported_and_reproduced,
}
_SPEEDS: Final = {"samples_per_second": "answering", "train_seconds": "training"}


def _by_task(
    known: pd.DataFrame,
    title: str,
    caption: str,
    x: str,
    draw: Callable[[Axes, pd.DataFrame], None],
) -> Figure | None:
    """A panel for each assignment and data set: only there are accuracies of the same thing."""
    if known.empty:
        return None
    task = [known.model.str.partition("/")[0], "data", "dataset", "budget"]
    failed = known.outcome.map({"failed": " (FAILED)", "passed": ""})
    names = told_apart(known.model.str.partition("/")[2], known, "run", "device", "seed")
    parts = list(known.assign(series=names + failed).groupby(task))
    columns = min(len(parts), _MOST_COLUMNS)
    rows = -(-len(parts) // columns)
    figure, axes = panels(rows, columns, title=title, caption=caption, cell=(6.2, 3.4))
    for one, ((course, data, dataset, budget), part) in zip(axes.flat, parts, strict=False):
        draw(one, part)
        logarithmic(one, part[x].min(), part[x].max())
        label(one, y="test accuracy", title=plain(f"{course}, {budget}, {data}: {dataset}"))
        tidy(one)
    for one in axes.flat[len(parts) :]:
        one.set_axis_off()
    return figure


def _dots_with_intervals(axes: Axes, part: pd.DataFrame, x: str) -> None:
    """A dot and its interval for each row, in a colour a series; the legend names them.

    What lies where another one lies already becomes a ring around it.
    """
    series = list(dict.fromkeys(part.series))
    shown: Counter[tuple[float, float]] = Counter()
    for row in part.itertuples():
        looks = look(series.index(str(row.series)))
        at = float(getattr(row, x))
        low, middle, high = (float(getattr(row, name)) for name in _INTERVAL)
        axes.plot([at, at], [low, high], color=looks["color"], linewidth=1.2)
        below = shown[at, middle]
        looks |= {"fillstyle": "none", "markersize": _DOT + below * _RING} if below else {}
        axes.plot(at, middle, linestyle="", **looks)
        shown[at, middle] += 1
    _name_series(axes, series)


def _name_series(axes: Axes, series: Sequence[str]) -> None:
    handles = [
        Line2D([], [], linestyle="", label=plain(name), **look(number))
        for number, name in enumerate(series)
    ]
    axes.legend(
        handles=handles,
        fontsize=SMALL,
        frameon=False,
        loc="center left",
        bbox_to_anchor=(1.0, 0.5),
    )


def _rows(figures: pd.DataFrame, column: str, title: str, unit: str, caption: str) -> Figure | None:
    known = figures[figures[column].notna()]
    if known.empty:
        return None
    figure, axes = panels(
        1, 1, title=title, caption=caption, cell=(8.5, height(known.model.nunique()))
    )
    one = axes[0, 0]
    if known.run.nunique() > 1:
        known = known.assign(run=known.run + ", " + known.device)
    else:
        known = known.assign(run=known.device)
    _marks(one, known, column)
    logarithmic(one, known[column].min(), known[column].max())
    label(one, x=unit)
    tidy(one)
    legend(one, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def _marks(axes: Axes, rows: pd.DataFrame, column: str) -> None:
    """A row a model, a mark a run; the first model on top."""
    models = list(dict.fromkeys(rows.model))
    for number, name in enumerate(dict.fromkeys(rows.run)):
        part = rows[(rows.run == name) & rows[column].notna()]
        axes.plot(
            part[column],
            part.model.map(models.index),
            linestyle="",
            label=plain(name),
            **look_of_few(number),
        )
    name_rows(axes, models)


def _ratios(figures: pd.DataFrame, first: str) -> pd.DataFrame:
    """Each later run's speeds over the first run's, where both measured the same thing."""
    same = ["model", "device", "data", "data_key", "budget", "seed"]
    is_first = figures.run == first
    both = figures[~is_first].merge(figures[is_first], on=same, suffixes=("", "_first"))
    both["samples_per_second"] /= both.samples_per_second_first
    both["train_seconds"] = both.train_seconds_first / both.train_seconds
    return both[both[list(_SPEEDS)].notna().any(axis=1)]
