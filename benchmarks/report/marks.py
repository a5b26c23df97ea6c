"""What pictures of many models share: rows, marks, and scales in round numbers."""

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import EngFormatter, FuncFormatter, NullFormatter

from reference_models.visualise.canvas import COLOURS

SMALL: Final = 9
"""Size of the letters where there are many names."""

_MARKERS = "osD^vP*X"
_ROW_INCHES, _LEAST_INCHES = 0.24, 2.4
_MOST_TICKS = 7
_MARGIN = 1.1
_THOUSAND = 1000


def look(number: int) -> dict[str, Any]:
    """Mark and colour of the series `number`: colours in turn, then the same with other marks."""
    return {
        "marker": _MARKERS[number // len(COLOURS) % len(_MARKERS)],
        "color": COLOURS[number % len(COLOURS)],
    }


def look_of_few(number: int) -> dict[str, Any]:
    """As `look`, of few series: another mark each, so that they are told apart without colours."""
    return {**look(number), "marker": _MARKERS[number % len(_MARKERS)]}


def told_apart(names: pd.Series, rows: pd.DataFrame, *columns: str) -> pd.Series:
    """Return each row's name, and after it what it says in those columns that do not all agree."""
    for column in columns:
        if rows[column].nunique() > 1:
            names = names + (", seed " if column == "seed" else ", ") + rows[column].astype(str)
    return names


def name_rows(axes: Axes, names: Sequence[str]) -> None:
    """Write a name before each row, the first on top."""
    axes.set_yticks(range(len(names)), names, fontsize=SMALL)
    axes.set_ylim(len(names) - 0.5, -0.5)


def height(rows: int) -> float:
    """Inches that so many rows need."""
    return max(rows * _ROW_INCHES, _LEAST_INCHES)


def intervals(axes: Axes, rows: pd.DataFrame, places: Any, **looks: Any) -> None:
    """Draw each row's `value` at its place, with a bar from its `low` to its `high`."""
    ends = [rows.value - rows.low, rows.high - rows.value]
    axes.errorbar(rows.value, places, xerr=ends, linestyle="", capsize=3, **looks)


def logarithmic(axes: Axes, least: float, most: float) -> None:
    """Stretch the horizontal axis to round numbers around what it shows, and name those."""
    ticks = [float(f"{digit}e{power}") for power in range(-6, 13) for digit in (1, 2, 5)]
    low = max(tick for tick in ticks if tick < least / _MARGIN)
    high = min(tick for tick in ticks if tick > most * _MARGIN)
    shown = [tick for tick in ticks if low <= tick <= high]
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_xticks(shown[:: -(-len(shown) // _MOST_TICKS)])
    axes.xaxis.set_major_formatter(FuncFormatter(_round_number))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _round_number(value: float, _: int) -> str:
    """`0.2`, `50`, `200k`: thousandths of a second are no unit that anybody reads with ease."""
    return f"{value:g}" if value < _THOUSAND else EngFormatter(sep="")(value)
