"""Feature maps: what a layer makes of one image."""

from matplotlib.figure import Figure
from torch import Tensor, nn

from reference_models.visualise.canvas import (
    HEAT,
    blank,
    grid_shape,
    label,
    panels,
    picture,
)
from reference_models.visualise.errors import PictureError
from reference_models.visualise.layers import chosen, first_activation, maps_of

_MOST = 31


def features(
    model: nn.Module, example: Tensor, *, title: str, caption: str = "", layer: str | None = None
) -> Figure:
    """Draw `example` and the maps that `layer` makes of it, each from its least to its greatest.

    `example` is one scaled input, as the model's `input_shape` has it; of a bag the first image is
    shown. `layer` is the first activation after a convolution unless another is named.
    """
    maps = {name: each for name, each in maps_of(model, example[None]).items() if _spread(each)}
    if not maps:
        raise PictureError("a model whose layers make no images has no feature maps to show")
    name = chosen(layer, list(maps)) if layer else first_activation(model, list(maps))
    values = maps[name][0].cpu().float()
    shown = values[:_MOST]
    rows, columns = grid_shape(len(shown) + 1)
    heading = f"{title}: feature maps of {name}"
    if len(shown) < len(values):
        caption = f"{caption}; {len(shown)} of {len(values)} maps"
    caption = f"{caption}; above each map its least and greatest activation"
    figure, axes = panels(rows, columns, title=heading, caption=caption, cell=(1.5, 1.6))
    picture(axes.flat[0], example.reshape(-1, *example.shape[-3:])[0])
    label(axes.flat[0], title="input")
    for position, plot in enumerate(axes.flat[1:]):
        if position >= len(shown):
            blank(plot)
            continue
        low, high = float(shown[position].min()), float(shown[position].max())
        flat = {"vmin": low, "vmax": low + 1} if low == high else {}
        picture(plot, shown[position], cmap=HEAT, **flat)
        label(plot, title=f"{_short(low)} to {_short(high)}")
    return figure


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.2g}"


def _spread(maps: Tensor) -> bool:
    """Whether the maps are more than single values."""
    return maps.shape[-1] > 1 and maps.shape[-2] > 1
