"""How many times as fast as other loops ours trains, as a picture."""

import pandas as pd
from matplotlib.figure import Figure

from benchmarks.report.marks import (
    height,
    intervals,
    logarithmic,
    look_of_few,
    name_rows,
    told_apart,
)
from benchmarks.report.text import plain
from reference_models.visualise.canvas import GREY, label, legend, panels, tidy

_APART = 0.5
"""How much of a row's height the marks of its rivals share."""


def beside_other_loops(duels: pd.DataFrame) -> dict[str, Figure]:
    """Return the picture by its name, or nothing without duels: a row a model, a mark a rival.

    `duels` is a table of `duels_of`. Those that failed are left out: somebody learnt less in them.
    """
    held = duels[(duels.outcome == "passed") & duels.value.notna()]
    if held.empty:
        return {}
    known = held.assign(
        row=told_apart(held.what, held, "device", "data", "budget"),
        series=told_apart(held.rival, held, "run", "seed"),
    )
    rows, series = list(dict.fromkeys(known.row)), list(dict.fromkeys(known.series))
    figure, axes = panels(
        1,
        1,
        title="Training beside other loops",
        caption="Right of 1 ours is faster. Bars are 95 % intervals, of a race the range of its "
        "middle trainings. Duels that failed are left out; the scale is logarithmic.",
        cell=(8.5, height(2 * len(rows))),
    )
    one = axes[0, 0]
    for number, name in enumerate(series):
        part = known[known.series == name]
        aside = _APART * ((number + 0.5) / len(series) - 0.5)
        places = part.row.map(rows.index) + aside
        intervals(one, part, places, label=plain(name), markersize=5, **look_of_few(number))
    one.axvline(1, color=GREY, linewidth=1, zorder=0)
    name_rows(one, rows)
    logarithmic(one, min(known.low.min(), 1), max(known.high.max(), 1))
    label(one, x="times as fast as")
    tidy(one)
    legend(one, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return {"beside-other-loops": figure}
