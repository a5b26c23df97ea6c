"""Feature invariance (Zeiler and Fergus, 2014): how far features move when the image does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import cos, radians, sin
from typing import Any, Final

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import affine_grid, grid_sample

from reference_models.visualise.canvas import COLOURS, label, legend, panels, tidy
from reference_models.visualise.layers import ACTIVATIONS, chosen, first_activation, outputs_of

Matrix = tuple[tuple[float, float, float], tuple[float, float, float]]


def shifted(pixels: float, side: int) -> Matrix:
    """The content moves so many pixels to the right."""
    return (1.0, 0.0, -2 * pixels / side), (0.0, 1.0, 0.0)


def scaled(factor: float, _side: int) -> Matrix:
    """The content grows by `factor` round the middle."""
    return (1 / factor, 0.0, 0.0), (0.0, 1 / factor, 0.0)


def rotated(degrees: float, _side: int) -> Matrix:
    """The content turns by so many degrees round the middle, against the clock."""
    angle = radians(degrees)
    return (cos(angle), -sin(angle), 0.0), (sin(angle), cos(angle), 0.0)


@dataclass(frozen=True)
class _Series:
    """A way to move an image, so far at every step; `ticks` are the steps that are named."""

    name: str
    make: Callable[[float, int], Matrix]
    steps: NDArray[np.floating]
    ticks: tuple[float, ...]

    def of(self, image: Tensor) -> Tensor:
        """`image`, `(C, H, W)`, moved by every step, `(steps, C, H, W)`."""
        side = image.shape[-1]
        return torch.stack([transformed(image, self.make(float(s), side)) for s in self.steps])


_SERIES: Final = (
    _Series("shift to the right (pixels)", shifted, np.linspace(-8, 8, 17), (-8, -4, 0, 4, 8)),
    _Series("scale (factor)", scaled, np.linspace(0.6, 1.8, 13), (0.6, 1.0, 1.4, 1.8)),
    _Series("rotation (degrees)", rotated, np.linspace(-180, 180, 25), (-180, -90, 0, 90, 180)),
)
_UNIT = "distance 1: as far as another test image, on average"


def transformed(image: Tensor, matrix: Matrix) -> Tensor:
    """`image`, `(C, H, W)`, resampled bilinearly; what comes in from outside repeats the border."""
    grid = affine_grid(torch.tensor([matrix]), [1, *image.shape], align_corners=False)
    moved = grid_sample(image[None], grid, padding_mode="border", align_corners=False)
    return moved[0]


def distances(model: nn.Module, image: Tensor, moved: Tensor, layers: Sequence[str]) -> Tensor:
    """Euclidean distance of the features of `image` to those of `moved`, `(layers, images)`."""
    seen = outputs_of(model, torch.cat((image[None], moved)))
    flat = [seen[layer].flatten(1) for layer in layers]
    return torch.stack([(each[1:] - each[0]).norm(dim=1) for each in flat])


def landmarks(model: nn.Module, images: Tensor) -> tuple[str, str]:
    """The names of an early and a late layer: the first activation, and the last layer of all."""
    names = list(outputs_of(model, images[:1]))
    early = first_activation(model, names)
    active = [name for name in names if isinstance(model.get_submodule(name), ACTIVATIONS)]
    return (early if early in active else (active or names)[0]), names[-1]


def invariance(
    model: nn.Module,
    images: Tensor,
    labels: Sequence[int],
    classes: Sequence[str],
    *,
    title: str,
    caption: str = "",
    layers: tuple[str, str],
    judges: bool = True,
) -> Figure:
    """Draw how far the features of two layers move under shifts, scales and rotations.

    `images` are scaled, `(B, C, H, W)`, one line each. Distances are in units of the mean distance
    between the features of two different images, so 1 is as far as another image. A last row has
    the probability of the right class, where the model `judges`.
    """
    seen = outputs_of(model, images)
    for layer in layers:
        chosen(layer, list(seen))
    units = torch.tensor([_mean_distance(seen[layer]) for layer in layers])
    rows = 3 if judges else 2
    figure, axes = panels(
        rows,
        3,
        title=f"{title}: feature invariance",
        caption=f"{caption}; {_UNIT}",
        cell=(4.2, 2.7),
    )
    for column, series in zip(axes.T, _SERIES, strict=True):
        for number, (image, wanted) in enumerate(zip(images, labels, strict=True)):
            moved = series.of(image)
            lines = [*(distances(model, image, moved, layers) / units[:, None])]
            if judges:
                lines.append(_probabilities(model, moved)[:, wanted])
            for plot, line in zip(column, lines, strict=True):
                plot.plot(series.steps, line, color=COLOURS[number], lw=2.2, label=classes[wanted])
    _frame(axes, [f"distance\nin {layer}" for layer in layers])
    return figure


def _frame(axes: NDArray[Any], names: Sequence[str]) -> None:
    """Scales that are the same along a row, and the names of both directions."""
    for line, name in zip(axes, [*names, "probability of\nthe right class"], strict=False):
        for plot, series in zip(line, _SERIES, strict=True):
            plot.sharey(line[0])
            plot.set_xticks(series.ticks)
            tidy(plot)
        line[0].set_ylim(bottom=0)
        label(line[0], y=name)
    for plot, series in zip(axes[-1], _SERIES, strict=True):
        label(plot, x=series.name)
    legend(axes[0, -1], title="class", loc="upper left", bbox_to_anchor=(1.01, 1.0))


def _mean_distance(features: Tensor) -> float:
    """Over all pairs of rows; 1 where there is but one, or all are alike."""
    flat = features.flatten(1).float()
    between = torch.pdist(flat)
    return float(between.mean()) if len(between) and float(between.max()) > 0 else 1.0


def _probabilities(model: nn.Module, images: Tensor) -> Tensor:
    was_training = model.training
    model.eval()
    with torch.inference_mode():
        answers: Tensor = model(images).softmax(1)
    model.train(was_training)
    return answers
