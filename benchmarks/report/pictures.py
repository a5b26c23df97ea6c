"""What a run's table looks like, as pictures for a slide."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import EngFormatter, FuncFormatter, NullFormatter

from benchmarks.report.text import plain
from reference_models.visualise.canvas import COLOURS, GREY, label, legend, panels, tidy

_MARKERS = "osD^vP*X"
_ROW_INCHES, _LEAST_INCHES = 0.24, 2.4
_SMALL = 9
_MOST_TICKS = 7
_MARGIN = 1.1
_THOUSAND = 1000
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
        cell=(5.2, _height(ratios.model.nunique())),
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
        cell=(7.5, _height(len(models))),
    )
    one = axes[0, 0]
    places = known.model.map(models.index)
    _errorbars(one, known.accuracy, places, known, "ours", COLOURS[0])
    one.plot(known.reported, places, "D", color=COLOURS[1], label="the report", markersize=6)
    _name_rows(one, models)
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
    parts = list(known.groupby(task))
    columns = min(len(parts), _MOST_COLUMNS)
    rows = -(-len(parts) // columns)
    figure, axes = panels(rows, columns, title=title, caption=caption, cell=(6.2, 3.4))
    for one, ((course, data, dataset, budget), part) in zip(axes.flat, parts, strict=False):
        draw(one, part.assign(series=_series(part, figures=known)))
        _logarithmic(one, part[x].min(), part[x].max())
        label(one, y="test accuracy", title=plain(f"{course}, {budget}, {data}: {dataset}"))
        tidy(one)
    for one in axes.flat[len(parts) :]:
        one.set_axis_off()
    return figure


def _series(part: pd.DataFrame, figures: pd.DataFrame) -> pd.Series:
    """What tells the dots of a panel apart: the model, and what else is not everywhere the same."""
    names = part.model.str.partition("/")[2]
    for column in ("run", "device", "seed"):
        if figures[column].nunique() > 1:
            names = (
                names + ", " + (f"{column} " if column == "seed" else "") + part[column].astype(str)
            )
    failed = part.outcome.map({"failed": " (FAILED)", "passed": ""})
    return names + failed


def _logarithmic(axes: Axes, least: float, most: float) -> None:
    """Stretch the horizontal axis to round numbers around what it shows, and name those."""
    ticks = [float(f"{digit}e{power}") for power in range(-6, 13) for digit in (1, 2, 5)]
    low = max(tick for tick in ticks if tick < least / _MARGIN)
    high = min(tick for tick in ticks if tick > most * _MARGIN)
    shown = [tick for tick in ticks if low <= tick <= high]
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_xticks(shown[:: len(shown) // _MOST_TICKS + 1])
    axes.xaxis.set_major_formatter(FuncFormatter(_round_number))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _round_number(value: float, _: int) -> str:
    """`0.2`, `50`, `200k`: thousandths of a second are no unit that anybody reads with ease."""
    return f"{value:g}" if value < _THOUSAND else EngFormatter(sep="")(value)


def _dots_with_intervals(axes: Axes, part: pd.DataFrame, x: str) -> None:
    """A dot and its interval for each row, in a colour a series; the legend names them."""
    series = list(dict.fromkeys(part.series))
    for row in part.itertuples():
        number = series.index(str(row.series))
        marker = _MARKERS[number // len(COLOURS) % len(_MARKERS)]
        colour = COLOURS[number % len(COLOURS)]
        at = float(getattr(row, x))
        low, middle, high = (float(getattr(row, name)) for name in _INTERVAL)
        axes.plot([at, at], [low, high], color=colour, linewidth=1.2)
        axes.plot(at, middle, marker=marker, color=colour, linestyle="")
    _name_series(axes, series)


def _name_series(axes: Axes, series: Sequence[str]) -> None:
    handles = [
        Line2D(
            [],
            [],
            linestyle="",
            marker=_MARKERS[number // len(COLOURS) % len(_MARKERS)],
            color=COLOURS[number % len(COLOURS)],
            label=plain(name),
        )
        for number, name in enumerate(series)
    ]
    axes.legend(
        handles=handles,
        fontsize=_SMALL,
        frameon=False,
        loc="center left",
        bbox_to_anchor=(1.0, 0.5),
    )


def _rows(figures: pd.DataFrame, column: str, title: str, unit: str, caption: str) -> Figure | None:
    known = figures[figures[column].notna()]
    if known.empty:
        return None
    figure, axes = panels(
        1, 1, title=title, caption=caption, cell=(8.5, _height(known.model.nunique()))
    )
    one = axes[0, 0]
    if known.run.nunique() > 1:
        known = known.assign(run=known.run + ", " + known.device)
    else:
        known = known.assign(run=known.device)
    _marks(one, known, column)
    _logarithmic(one, known[column].min(), known[column].max())
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
            marker=_MARKERS[number % len(_MARKERS)],
            color=COLOURS[number % len(COLOURS)],
            label=plain(name),
        )
    _name_rows(axes, models)


def _name_rows(axes: Axes, models: Sequence[str]) -> None:
    axes.set_yticks(range(len(models)), models, fontsize=_SMALL)
    axes.set_ylim(len(models) - 0.5, -0.5)


def _errorbars(
    axes: Axes, values: Any, places: Any, rows: pd.DataFrame, name: str, colour: Any
) -> None:
    low, high = values - rows.accuracy_low, rows.accuracy_high - values
    axes.errorbar(values, places, xerr=[low, high], fmt="o", color=colour, label=name, capsize=3)


def _ratios(figures: pd.DataFrame, first: str) -> pd.DataFrame:
    """Each later run's speeds over the first run's, where both measured the same thing."""
    same = ["model", "device", "data", "data_key", "budget", "seed"]
    is_first = figures.run == first
    both = figures[~is_first].merge(figures[is_first], on=same, suffixes=("", "_first"))
    both["samples_per_second"] /= both.samples_per_second_first
    both["train_seconds"] = both.train_seconds_first / both.train_seconds
    return both[both[list(_SPEEDS)].notna().any(axis=1)]


def _height(rows: int) -> float:
    return max(rows * _ROW_INCHES, _LEAST_INCHES)
