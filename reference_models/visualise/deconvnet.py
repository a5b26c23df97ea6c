"""Deconvolutional networks (Zeiler and Fergus, 2014): what in an image drives one activation.

The layers run forward, max-pools noting where each maximum came from (its switch). Then all but
one activation of a layer are set to zero, and the signal runs back to the pixels: through a pool to
the switches, through an activation by a ReLU, through a convolution by its transpose.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor, nn
from torch.nn.functional import max_pool2d

from reference_models.visualise.canvas import (
    COLOURS,
    coloured,
    label,
    panels,
    picture,
    row_label,
    signed,
)
from reference_models.visualise.errors import PictureError
from reference_models.visualise.layers import ACTIVATIONS, chosen

_IDLE = (nn.Identity, nn.Dropout, nn.Dropout2d)
_AFFINE = (nn.Conv2d, nn.AvgPool2d, nn.ZeroPad2d, nn.BatchNorm2d)
_SHOWABLE = (*ACTIVATIONS, nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)


@dataclass(frozen=True)
class _Passed:
    """A layer that has run: its input, output and, of a max-pool, the switches."""

    layer: nn.Module
    inputs: Tensor
    output: Tensor
    switches: Tensor | None = None


@dataclass(frozen=True)
class Strongest:
    """A channel's strongest activation over some images: which image, which place, how strong."""

    channel: int
    image: int
    row: int
    column: int
    value: float

    def projected(self, model: nn.Module, images: Tensor, layer: str) -> tuple[Tensor, Tensor]:
        """What drives it, in pixels, and the image that it was found in, `(C, H, W)` each."""
        image = images[self.image]
        return project(model, image, layer, (self.channel, self.row, self.column)), image


def plain_layers(model: nn.Module) -> dict[str, nn.Module]:
    """The layers of an `nn.Sequential`, nested ones in place, up to the first that flattens.

    Empty for a model that is no plain stack of convolutions, activations, pools and paddings.
    """
    if not isinstance(model, nn.Sequential):
        return {}
    found: dict[str, nn.Module] = {}
    for name, module in model.named_modules():
        if not name or isinstance(module, nn.Sequential):
            continue
        if not isinstance(module, (*_IDLE, *_AFFINE, *ACTIVATIONS, nn.MaxPool2d)):
            break
        found[name] = module
    convolved = any(isinstance(module, nn.Conv2d) for module in found.values())
    return found if convolved else {}


def showable_layers(model: nn.Module) -> list[str]:
    """The names of the plain layers whose activations can be projected to pixels."""
    layers = plain_layers(model)
    names = list(layers)
    first = next((n for n, each in layers.items() if isinstance(each, nn.Conv2d)), None)
    later = names[names.index(first) :] if first else []
    return [name for name in later if isinstance(layers[name], _SHOWABLE)]


def deepest_activation(model: nn.Module) -> str:
    """The last activation layer that can be projected, or the last layer if there is none."""
    names = showable_layers(model)
    if not names:
        raise PictureError("a deconvnet needs a plain stack of convolutions, activations and pools")
    active = [name for name in names if isinstance(model.get_submodule(name), ACTIVATIONS)]
    return (active or names)[-1]


def unpool(values: Tensor, switches: Tensor, size: Sequence[int]) -> Tensor:
    """Put every one of `values`, `(B, C, h, w)`, back where its maximum came from; zero elsewhere.

    `switches` are flat positions in planes of `size`, `(H, W)`, as `max_pool2d` returns them. Where
    windows overlap, a place that won several of them gets the sum.
    """
    planes = values.new_zeros(*values.shape[:2], size[0] * size[1])
    planes.scatter_add_(2, switches.flatten(2), values.flatten(2))
    return planes.view(*values.shape[:2], *size)


def project(model: nn.Module, image: Tensor, layer: str, at: tuple[int, int, int]) -> Tensor:
    """Return what in `image`, `(C, H, W)` and scaled, drives one activation, in pixels `(C, H, W)`.

    `at` is the activation's channel, row and column in the output of `layer`.
    """
    passed = _forward(model, image[None], layer)
    signal = torch.zeros_like(passed[-1].output)
    signal[(0, *at)] = passed[-1].output[(0, *at)]
    for step in reversed(passed):
        signal = _back(step, signal)
    return signal[0]


def strongest(model: nn.Module, images: Tensor, layer: str, count: int) -> list[Strongest]:
    """The strongest activation over `images` of up to `count` channels, the strongest first.

    Channels that are never above zero are left out, unless none is: nothing drives them.
    """
    output = _forward(model, images, layer)[-1].output
    values, places = output.transpose(0, 1).flatten(1).max(1)
    alive = max(int((values > 0).sum()), 1)
    best = values.argsort(descending=True)[: min(count, alive)].tolist()
    return [_at(each, int(places[each]), output, float(values[each])) for each in best]


def at_strongest(model: nn.Module, images: Tensor, layer: str, channel: int) -> Strongest:
    """The strongest activation of one `channel` over `images`, dead or alive."""
    output = _forward(model, images, layer)[-1].output
    value, place = output[:, channel].flatten().max(0)
    return _at(channel, int(place), output, float(value))


def _at(channel: int, place: int, output: Tensor, value: float) -> Strongest:
    """`place` counts over images, rows and columns of `output`, `(B, C, H, W)`."""
    _, _, height, width = output.shape
    image, within = divmod(place, height * width)
    return Strongest(channel, image, within // width, within % width, value)


def deconvnet(
    model: nn.Module,
    images: Tensor,
    *,
    title: str,
    caption: str = "",
    layer: str | None = None,
    count: int = 8,
) -> Figure:
    """Draw, for `count` channels of `layer`, the image that excites each most and its projection.

    `images` are scaled, `(B, C, H, W)`. `layer` is the deepest activation unless another is named.
    """
    name = chosen(layer, showable_layers(model)) if layer else deepest_activation(model)
    found = strongest(model, images, name, count)
    drawn = [each.projected(model, images, name) for each in found]
    boxes = crops([pixels for pixels, _ in drawn])
    heading = f"{title}: what excites {name}"
    figure, axes = panels(
        3,
        len(found),
        title=heading,
        caption=f"{caption}; strongest activation of each channel over {len(images)} test images",
        cell=(1.45, 1.45),
    )
    for plots, each, (pixels, image), box in zip(axes.T, found, drawn, boxes, strict=True):
        picture(plots[0], image)
        plots[0].add_patch(box.outline())
        label(plots[0], title=f"channel {each.channel + 1}")
        picture(plots[1], box.of(image))
        draw_projection(plots[2], box.of(pixels))
        label(plots[2], x=f"{each.value:.3g}")
    for plot, text in zip(axes[:, 0], ("image", "patch", "deconvnet"), strict=True):
        row_label(plot, text)
    return figure


@dataclass(frozen=True)
class Crop:
    """A square part of an image."""

    row: int
    column: int
    side: int

    def of(self, image: Tensor) -> Tensor:
        """That part of `image`, `(C, H, W)`."""
        rows = slice(self.row, self.row + self.side)
        return image[:, rows, self.column : self.column + self.side]

    def outline(self) -> Rectangle:
        """A frame round it."""
        corner = (self.column - 0.5, self.row - 0.5)
        return Rectangle(corner, self.side, self.side, fill=False, ec=COLOURS[1], lw=2.5)


def crops(projections: Sequence[Tensor]) -> list[Crop]:
    """Where each of `projections`, `(C, H, W)`, is not zero: squares of one size, inside them."""
    spans = [_span(pixels) for pixels in projections]
    height, width = projections[0].shape[-2:]
    longest = max((max(b - a, d - c) for a, b, c, d in spans), default=1)
    side = min(max(longest, 3), height, width)
    found = []
    for top, bottom, left, right in spans:
        row = min(max((top + bottom - side) // 2, 0), height - side)
        column = min(max((left + right - side) // 2, 0), width - side)
        found.append(Crop(row, column, side))
    return found


def _span(pixels: Tensor) -> tuple[int, int, int, int]:
    """The first row and column that are not all zero, and those after the last."""
    rows, columns = (pixels != 0).any(0).nonzero(as_tuple=True)
    if not len(rows):
        return 0, 0, 0, 0
    return int(rows.min()), int(rows.max()) + 1, int(columns.min()), int(columns.max()) + 1


def draw_projection(axes: Any, pixels: Tensor) -> None:
    """Show projected pixels; zero is white where there is one channel, grey in colour."""
    if len(pixels) == 1:
        signed(axes, pixels)
    else:
        coloured(axes, pixels)


def _forward(model: nn.Module, images: Tensor, last: str) -> list[_Passed]:
    """Run `images` through the plain layers up to `last`, in evaluation mode."""
    passed: list[_Passed] = []
    value = images
    was_training = model.training
    model.eval()
    with torch.no_grad():
        for name, layer in plain_layers(model).items():
            passed.append(_run(layer, value))
            value = passed[-1].output
            if name == last:
                break
    model.train(was_training)
    return passed


def _run(layer: nn.Module, inputs: Tensor) -> _Passed:
    if not isinstance(layer, nn.MaxPool2d):
        return _Passed(layer, inputs, layer(inputs))
    output, switches = max_pool2d(
        inputs,
        layer.kernel_size,
        layer.stride,
        layer.padding,
        layer.dilation,
        ceil_mode=layer.ceil_mode,
        return_indices=True,
    )
    return _Passed(layer, inputs, output, switches)


def _back(step: _Passed, signal: Tensor) -> Tensor:
    if step.switches is not None:
        return unpool(signal, step.switches, step.inputs.shape[-2:])
    if isinstance(step.layer, ACTIVATIONS):
        return signal.relu()
    if isinstance(step.layer, _AFFINE):
        return _transposed(step.layer, step.inputs, signal)
    return signal


def _transposed(layer: nn.Module, inputs: Tensor, signal: Tensor) -> Tensor:
    """`signal` through the transpose of an affine layer: a convolution's has its filters flipped.

    The transpose of an affine map is the pull-back of its derivative, whatever its stride and
    padding.
    """
    was_training = layer.training
    layer.eval()
    pull = torch.func.vjp(layer, inputs)[1]
    layer.train(was_training)
    back: Tensor = pull(signal)[0]
    return back.detach()
