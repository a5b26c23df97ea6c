"""What all pictures share: figures without global state, colours that everyone can tell apart."""

from collections.abc import Sequence
from math import ceil
from pathlib import Path
from textwrap import fill
from typing import Any, Final

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from numpy.typing import NDArray
from torch import Tensor

COLOURS: Final[list[tuple[float, float, float]]] = list(sns.color_palette("colorblind"))
HEAT: Final = "viridis"
SIGNED: Final = "RdBu_r"
"""Red and blue round white, which all kinds of colour vision tell apart: for values with a sign."""
GREY: Final = "0.35"

_DOTS = 120
_NARROWEST = 6.4
_MOST_GROWTH = 1.6
_ONE_ROW = 6
_TITLE_SIZE, _CAPTION_SIZE, _LABEL_SIZE = 16, 10.5, 12


def panels(
    rows: int,
    columns: int,
    *,
    title: str,
    caption: str = "",
    cell: tuple[float, float] = (1.6, 1.6),
) -> tuple[Figure, NDArray[Any]]:
    """Return a figure with a title above, a caption below, and `(rows, columns)` axes.

    `cell` is the width and height of one of them in inches; few of them grow to fill a slide.
    """
    width = max(columns * cell[0], _NARROWEST)
    height = rows * cell[1] * min(width / (columns * cell[0]), _MOST_GROWTH)
    heading = fill(title, int(width * 7.2))
    foot = fill(caption, int(width * 12.5))
    spare = 0.45 + 0.3 * (heading.count("\n") + 1) + 0.2 * (foot.count("\n") + 1)
    figure = Figure((width, height + spare), dpi=_DOTS, layout="constrained")
    figure.suptitle(heading, fontsize=_TITLE_SIZE, fontweight="bold")
    if foot:
        figure.supxlabel(foot, fontsize=_CAPTION_SIZE, color=GREY)
    axes: NDArray[Any] = figure.subplots(rows, columns, squeeze=False)
    for each in axes.flat:
        each.tick_params(labelsize=_LABEL_SIZE - 1)
    return figure, axes


def label(axes: Axes, *, x: str = "", y: str = "", title: str = "") -> None:
    """Name the two directions of `axes` and what they show, in letters that a room can read."""
    if x:
        axes.set_xlabel(x, fontsize=_LABEL_SIZE)
    if y:
        axes.set_ylabel(y, fontsize=_LABEL_SIZE)
    if title:
        axes.set_title(title, fontsize=_LABEL_SIZE)


def class_matrix(axes: Axes, values: NDArray[Any], classes: Sequence[str], **looks: Any) -> None:
    """Draw a square for every pair of classes; `looks` goes to seaborn's heatmap."""
    names = list(classes)
    squares = {"square": True, "linewidths": 0.5, "vmin": 0, "cbar": False}
    sns.heatmap(values, ax=axes, xticklabels=names, yticklabels=names, **squares, **looks)
    axes.tick_params(axis="y", rotation=0)


def legend(axes: Axes, **where: Any) -> None:
    """A legend without a frame."""
    axes.legend(fontsize=_LABEL_SIZE - 1.5, frameon=False, **where)


def tidy(axes: Axes) -> None:
    """Take away the upper and right line of a plot, and lay a faint grid below it."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="0.9", linewidth=0.8)
    axes.set_axisbelow(True)


def blank(axes: Axes) -> None:
    """Show nothing in `axes`."""
    axes.set_axis_off()


def picture(axes: Axes, image: Tensor | NDArray[Any], **settings: Any) -> Any:
    """Show `image`, `(H, W)`, `(1, H, W)` or `(3, H, W)`, without ticks; return what was drawn.

    Colours are stretched from the darkest to the brightest value. One channel is grey unless
    `cmap` says otherwise.
    """
    values = np.asarray(image, dtype=np.float64)
    axes.set_xticks([])
    axes.set_yticks([])
    if values.ndim == 3 and len(values) == 3:
        return axes.imshow(stretched(values).transpose(1, 2, 0), interpolation="nearest")
    plane = values if values.ndim == 2 else values[0]
    return axes.imshow(plane, interpolation="nearest", **{"cmap": "gray", **settings})


def signed(axes: Axes, image: Tensor | NDArray[Any]) -> Any:
    """Show an `(H, W)` or `(1, H, W)` image whose zero means something: white, between signs."""
    bound = float(abs(np.asarray(image)).max()) or 1.0
    return picture(axes, image, cmap=SIGNED, vmin=-bound, vmax=bound)


def coloured(axes: Axes, image: Tensor | NDArray[Any]) -> Any:
    """Show a `(3, H, W)` image whose zero means something: the middle grey."""
    values = np.asarray(image, dtype=np.float64)
    bound = float(abs(values).max()) or 1.0
    axes.set_xticks([])
    axes.set_yticks([])
    return axes.imshow((0.5 + values / (2 * bound)).transpose(1, 2, 0), interpolation="nearest")


def stretched(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """`values` moved and scaled to fill [0, 1]; constant values become a half."""
    low, high = float(values.min()), float(values.max())
    return np.full_like(values, 0.5) if low == high else (values - low) / (high - low)


def row_label(axes: Axes, text: str) -> Text:
    """Write `text` left of a row of pictures."""
    return axes.set_ylabel(
        text, fontsize=_LABEL_SIZE, rotation=0, horizontalalignment="right", labelpad=8, va="center"
    )


def colour_bar(figure: Figure, drawn: Any, axes: Any, text: str) -> None:
    """A bar beside `axes` that says what the colours of `drawn` mean."""
    bar = figure.colorbar(drawn, ax=axes, fraction=0.04, pad=0.02)
    bar.set_label(text, fontsize=_LABEL_SIZE)
    bar.ax.tick_params(labelsize=_LABEL_SIZE - 2)
    bar.outline.set_visible(False)


def grid_shape(count: int, widest: int = 8) -> tuple[int, int]:
    """Rows and columns for `count` pictures: wider than high, with few places left empty."""
    if count <= min(_ONE_ROW, widest):
        return 1, count
    fewest = ceil(count**0.5)
    columns = min(range(fewest, max(widest, fewest) + 1), key=lambda each: (-count % each, -each))
    return -(-count // columns), columns


def listed(names: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def save(figure: Figure, path: Path) -> Path:
    """Write `figure` to `path`, a PNG by its contents whatever its name; return `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="png", facecolor="white", bbox_inches="tight", pad_inches=0.15)
    return path
