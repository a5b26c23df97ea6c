"""How speed grows with the batch, as a picture."""

from typing import Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, NullFormatter, StrMethodFormatter

from benchmarks.report.marks import SMALL, look, told_apart
from benchmarks.report.text import plain
from reference_models.visualise.canvas import GREY, label, panels, tidy

_WAYS: Final = ("answering", "learning")


def by_batch(speeds: pd.DataFrame) -> dict[str, Figure]:
    """Return the picture by its name, or nothing where nobody measured batches.

    `speeds` is a table of `speeds_by_batch`. A row of panels is a course, a column a way, a line a
    model on a device in a run; both scales are logarithmic.
    """
    if speeds.empty:
        return {}
    course = speeds.model.str.partition("/")[0]
    series = told_apart(speeds.model.str.partition("/")[2], speeds, "run", "device")
    known = speeds.assign(course=course, series=series)
    courses = list(dict.fromkeys(course))
    figure, axes = panels(
        len(courses),
        len(_WAYS),
        title="Throughput by batch size",
        caption="Examples a second; both scales are logarithmic. Batches that cost too much are "
        "left out.",
        cell=(4.6, 3.0),
    )
    for row, name in zip(axes, courses, strict=True):
        same = known[known.course == name]
        names = list(dict.fromkeys(same.series))
        for one, way in zip(row, _WAYS, strict=True):
            _draw(one, same[same.way == way], names)
            label(one, x="examples a batch", title=plain(f"{name}, {way}"))
            tidy(one)
        label(row[0], y="examples a second")
        beside = {"loc": "center left", "bbox_to_anchor": (1, 0.5)}
        row[-1].legend(handles=row[0].lines, fontsize=SMALL, frameon=False, **beside)
    return {"throughput-by-batch": figure}


def _draw(axes: Axes, part: pd.DataFrame, names: list[str]) -> None:
    """A line a series, in its colour; one without figures has its name in the legend still."""
    for number, name in enumerate(names):
        own = part[part.series == name].sort_values("batch_size")
        axes.plot(
            own.batch_size,
            own.speed,
            label=plain(name),
            **look(number),
        )
    if part.empty:  # which no logarithm can scale
        axes.text(0.5, 0.5, "not measured", ha="center", color=GREY, transform=axes.transAxes)
        axes.set_axis_off()
        return
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(sorted(part.batch_size.unique()))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.yaxis.set_major_formatter(EngFormatter(sep=""))
    axes.yaxis.set_minor_formatter(NullFormatter())
