"""A convolution by hand: the exercise's two kernels slid over one channel of a picture."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from torch import Tensor

from reference_models.cs7cs4.convolution import EDGES, SHARPEN, convolve2d_fast
from reference_models.visualise.canvas import blank, colour_bar, label, panels, picture, signed

_KERNELS = {"kernel 1": EDGES, "kernel 2": SHARPEN}


def kernels(image: Tensor, *, title: str, caption: str = "") -> Figure:
    """Draw a stored picture `(C, H, W)` 0..255, its first channel, and both kernels' results.

    Results are not clipped. Those of a kernel that sums to zero have a sign: zero is white.
    """
    pixels = image.cpu().numpy()
    channel = pixels[0].astype(np.int64)
    figure, axes = panels(2, 3, title=title, caption=caption, cell=(3.0, 2.75))
    picture(axes[0, 0], pixels)
    label(axes[0, 0], title="picture")
    picture(axes[1, 0], channel, vmin=0, vmax=255)
    name = "red channel" if len(pixels) == 3 else "grey values"
    label(axes[1, 0], title=f"{name}, {_size(channel)}")
    for column, (name, kernel) in enumerate(_KERNELS.items(), start=1):
        result = convolve2d_fast(channel, kernel)
        _numbers(axes[0, column], kernel)
        label(axes[0, column], title=name)
        of_edges = kernel.sum() == 0
        drawn = (signed if of_edges else picture)(axes[1, column], result)
        label(axes[1, column], title=f"convolved, {_size(result)}")
        colour_bar(figure, drawn, axes[1, column], "")
    return figure


def _size(values: NDArray[Any]) -> str:
    return "x".join(str(length) for length in values.shape)


def _numbers(axes: Axes, kernel: NDArray[Any]) -> None:
    """The kernel as a square of numbers."""
    blank(axes)
    rows, columns = kernel.shape
    axes.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5), aspect="equal")
    for (row, column), value in np.ndenumerate(kernel):
        axes.add_patch(Rectangle((column - 0.45, row - 0.45), 0.9, 0.9, color="0.93"))
        text = str(value).replace("-", "\N{MINUS SIGN}")
        axes.text(column, row, text, ha="center", va="center", fontsize=18)
