"""The filters of a convolution, as pictures."""

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import nn

from reference_models.visualise.canvas import (
    blank,
    colour_bar,
    coloured,
    grid_shape,
    panels,
    row_label,
    signed,
)
from reference_models.visualise.errors import PictureError
from reference_models.visualise.layers import chosen, convolutions

_MOST = 64
_MOST_INPUTS = 12


def filters(model: nn.Module, *, title: str, caption: str = "", layer: str | None = None) -> Figure:
    """Draw the weights of `layer`, the first convolution unless another is named.

    Filters on one channel are signed pictures, those on three channels colours, in which
    grey is zero. Filters on more channels make a table: a row a filter, a column an input channel.
    """
    found = convolutions(model)
    if not found:
        raise PictureError("a model without a convolution has no filters to show")
    name = chosen(layer, list(found)) if layer else next(iter(found))
    weights = found[name].weight.detach().cpu()
    inputs = weights.shape[1]
    heading = f"{title}: filters of {name}"
    if inputs not in (1, 3):
        return _table(weights.numpy(), heading, caption)
    count = min(len(weights), _MOST)
    rows, columns = grid_shape(count)
    figure, axes = panels(rows, columns, title=heading, caption=caption, cell=(1.15, 1.02))
    bound = float(weights.abs().max())
    drawn = None
    for position, plot in enumerate(axes.flat):
        if position >= count:
            blank(plot)
        elif inputs == 1:
            drawn = signed(plot, weights[position])
            drawn.set_clim(-bound, bound)
        else:
            coloured(plot, weights[position])
    if drawn is not None:
        colour_bar(figure, drawn, axes, "weight")
    return figure


def _table(weights: NDArray[np.floating], title: str, caption: str) -> Figure:
    shown = weights[:_MOST_INPUTS, :_MOST_INPUTS]
    note = f"{caption}; {shown.shape[0]} of {len(weights)} filters, {shown.shape[1]} of "
    figure, axes = panels(
        *shown.shape[:2],
        title=title,
        caption=f"{note}{weights.shape[1]} input channels",
        cell=(0.62, 0.62),
    )
    bound = float(abs(shown).max())
    for row, line in enumerate(axes):
        for column, plot in enumerate(line):
            drawn = signed(plot, shown[row, column])
            drawn.set_clim(-bound, bound)
    row_label(axes[len(axes) // 2, 0], "filter")
    colour_bar(figure, drawn, axes, "weight")
    return figure
