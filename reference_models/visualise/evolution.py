"""How features come to be: a layer's deconvnet pictures at several moments of training."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from torch import Tensor, nn

from reference_models.visualise.canvas import label, panels, row_label
from reference_models.visualise.deconvnet import (
    at_strongest,
    crops,
    deepest_activation,
    draw_projection,
    showable_layers,
    strongest,
)
from reference_models.visualise.layers import chosen


def evolution(
    stages: Mapping[str, nn.Module],
    images: Tensor,
    *,
    title: str,
    caption: str = "",
    layer: str | None = None,
    count: int = 6,
) -> Figure:
    """Draw the projection of `count` channels' strongest activation in every one of `stages`.

    `stages` are the same network at growing ages, by their names; the channels are those that the
    last of them drives hardest. `images`, `(B, C, H, W)` and scaled, are searched anew at every
    stage: a jump between two pictures is another image that has become the strongest.
    """
    *_, last = stages.values()
    name = chosen(layer, showable_layers(last)) if layer else deepest_activation(last)
    channels = [each.channel for each in strongest(last, images, name, count)]
    heading = f"{title}: {name} over training"
    figure, axes = panels(
        len(channels), len(stages), title=heading, caption=caption, cell=(1.5, 1.35)
    )
    drawn = [_projections(model, images, name, channels) for model in stages.values()]
    boxes = iter(crops([pixels for column in drawn for pixels in column]))
    for plots, stage, column in zip(axes.T, stages, drawn, strict=True):
        label(plots[0], title=stage)
        for plot, pixels in zip(plots, column, strict=True):
            draw_projection(plot, next(boxes).of(pixels))
    for plot, channel in zip(axes[:, 0], channels, strict=True):
        row_label(plot, f"channel {channel + 1}")
    return figure


def _projections(
    model: nn.Module, images: Tensor, layer: str, channels: Sequence[int]
) -> list[Tensor]:
    """The projection of each channel's strongest activation over `images`."""
    found = [at_strongest(model, images, layer, channel) for channel in channels]
    return [each.projected(model, images, layer)[0] for each in found]
