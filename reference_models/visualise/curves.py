"""Learning curves: accuracy and loss over epochs, or over the logged steps of a single epoch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from reference_models.cards import ReportedFigure
from reference_models.training.history import Epoch, History, Step
from reference_models.visualise.canvas import COLOURS, GREY, label, legend, panels, tidy
from reference_models.visualise.errors import PictureError

_DASHES = ("-", "--", ":")
_MOST_MARKED = 20
_KINDS = ("test", "train", "validation", "mini-batch")


@dataclass(frozen=True)
class _Line:
    """A curve's name, and what of a history's epochs or steps it shows."""

    name: str
    metric: str

    @property
    def colour(self) -> tuple[float, float, float]:
        """The same in every plot."""
        return COLOURS[_KINDS.index(self.name)]


def curves(
    histories: Mapping[str, Sequence[History]],
    *,
    title: str,
    caption: str = "",
    reported: Sequence[ReportedFigure] = (),
) -> Figure:
    """Draw accuracy and loss of every arm; an arm's repeats are a mean line in a min-max band.

    Solid lines are test (or validation) figures, dashed ones training figures. With several arms
    only test figures are drawn where there are any. `reported` figures that belong to an epoch are
    rings with their uncertainty. Histories of one epoch are drawn by their logged steps.
    """
    if not any(history.epochs for group in histories.values() for history in group):
        raise PictureError("there is nothing to draw a curve of: no epoch has been trained")
    by_step = all(len(each.epochs) <= 1 for group in histories.values() for each in group)
    kinds = [kind for kind in ("accuracy", "loss") if _lines(histories, kind, by_step=by_step)]
    if not kinds:
        raise PictureError("one epoch and no logged steps make no curve")
    width = 6.2 if len(kinds) > 1 else 8.0
    figure, axes = panels(1, len(kinds), title=title, caption=caption, cell=(width, 4.2))
    for plot, kind in zip(axes[0], kinds, strict=True):
        lines = _lines(histories, kind, by_step=by_step)
        _draw(plot, histories, lines, by_step=by_step)
        _rings(plot, histories, lines, reported)
        name = f"{lines[0].name} {kind}" if len(histories) > 1 else kind
        label(plot, x="optimiser step" if by_step else "epoch", y=name)
        plot.xaxis.set_major_locator(MaxNLocator(integer=True))
        tidy(plot)
    ringed = any(plot.containers for plot in axes[0])
    _legend(axes[0][-1], histories, kinds, by_step=by_step, ringed=ringed)
    return figure


def _lines(
    histories: Mapping[str, Sequence[History]], kind: str, *, by_step: bool
) -> tuple[_Line, ...]:
    """What there is to draw of `kind`: `accuracy` or `loss`."""
    every = [history for group in histories.values() for history in group]
    if by_step:
        found = [kind] if any(getattr(s, kind) is not None for h in every for s in h.steps) else []
        return tuple(_Line("mini-batch", name) for name in found)
    names = [
        name
        for name in ("test", "validation", "train")
        if any(getattr(epoch, f"{name}_{kind}") is not None for h in every for epoch in h.epochs)
    ]
    if len(histories) > 1:
        names = names[:1]
    return tuple(_Line(name, f"{name}_{kind}") for name in names)


def _style(position: int) -> tuple[tuple[float, float, float], str]:
    """A colour and dashes of its own for each of up to thirty arms."""
    dashes, colour = list(product(_DASHES, COLOURS))[position % (3 * len(COLOURS))]
    return colour, dashes


def _draw(
    axes: Axes,
    histories: Mapping[str, Sequence[History]],
    lines: Sequence[_Line],
    *,
    by_step: bool,
) -> None:
    read: Callable[[History], Sequence[Epoch | Step]] = (
        (lambda history: history.steps) if by_step else (lambda history: history.epochs)
    )
    for position, group in enumerate(histories.values()):
        for line in lines:
            runs = [_points(read(history), line.metric) for history in group]
            colour, dashes = _style(position) if len(histories) > 1 else (line.colour, "-")
            _curve(axes, runs, colour, dashes)


def _points(records: Sequence[Epoch | Step], metric: str) -> dict[int, float]:
    return {each.number: getattr(each, metric) for each in records if _known(each, metric)}


def _known(record: Epoch | Step, metric: str) -> bool:
    return getattr(record, metric, None) is not None


def _curve(
    axes: Axes,
    runs: Sequence[Mapping[int, float]],
    colour: tuple[float, float, float],
    dashes: str,
) -> None:
    numbers = sorted(set.intersection(*(set(run) for run in runs))) if runs else []
    if not numbers:
        return
    values = np.array([[run[number] for number in numbers] for run in runs])
    marker = "o" if len(numbers) <= _MOST_MARKED else ""
    axes.plot(
        numbers, values.mean(0), dashes, color=colour, linewidth=2.2, marker=marker, markersize=4
    )
    if len(runs) > 1:
        axes.fill_between(numbers, values.min(0), values.max(0), color=colour, alpha=0.18, lw=0)


def _rings(
    axes: Axes,
    histories: Mapping[str, Sequence[History]],
    lines: Sequence[_Line],
    reported: Sequence[ReportedFigure],
) -> None:
    """The report's own figures, where the curve that they belong to is drawn."""
    metrics = [line.metric for line in lines]
    arms = list(histories)
    for figure in reported:
        where = figure.step if figure.epoch is None else figure.epoch
        of_arm = figure.arm is None or figure.arm in histories
        if where is None or figure.metric not in metrics or not of_arm:
            continue
        several = len(histories) > 1
        position = arms.index(figure.arm) if figure.arm and several else 0
        colour = _style(position)[0] if several else lines[metrics.index(figure.metric)].colour
        axes.errorbar(
            where,
            figure.value,
            yerr=figure.uncertainty or None,
            fmt="o",
            markersize=9,
            markerfacecolor="white",
            markeredgewidth=1.8,
            color=colour,
            capsize=3,
            zorder=5,
        )


def _legend(
    axes: Axes,
    histories: Mapping[str, Sequence[History]],
    kinds: Sequence[str],
    *,
    by_step: bool,
    ringed: bool,
) -> None:
    """Names beside the last plot, where they hide no curve."""
    if len(histories) > 1:
        entries = [(name, *_style(position)) for position, name in enumerate(histories)]
    else:
        lines = [line for kind in kinds for line in _lines(histories, kind, by_step=by_step)]
        entries = [(name, line.colour, "-") for name, line in {e.name: e for e in lines}.items()]
    handles = [Line2D([], [], color=colour, ls=dashes, lw=2.2) for _, colour, dashes in entries]
    names = [name for name, *_ in entries]
    if ringed:
        handles.append(
            Line2D([], [], marker="o", markersize=9, markerfacecolor="white", color=GREY, lw=0)
        )
        names.append("reported")
    legend(
        axes,
        handles=handles,
        labels=names,
        loc="center left",
        bbox_to_anchor=(1.01, 0.5),
    )
