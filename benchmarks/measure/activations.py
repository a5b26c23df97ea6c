"""What a layer's activations are like over a set of images: moments, extremes, saturation."""

from dataclasses import dataclass
from math import inf, sqrt

import torch
from torch import Tensor, nn

from benchmarks.errors import MeasurementError
from reference_models.data import InputScale, scale_pixels

_BATCH = 250
_SATURATED = 0.99


@dataclass(frozen=True)
class Activations:
    """Statistics of all values of a layer over all images.

    The variance is the population form. `saturated` is the share of values beyond ±0.99, where a
    tanh passes next to no gradient on.
    """

    mean: float
    variance: float
    min: float
    max: float
    saturated: float

    @property
    def std(self) -> float:
        """The square root of the variance."""
        return sqrt(self.variance)


def activations_of(model: nn.Module, layer: str, pixels: Tensor, scale: InputScale) -> Activations:
    """Return the statistics of `layer`'s output in evaluation mode over stored `pixels`.

    `layer` names a direct child of a model that runs its children in turn. Sums are kept in double
    precision. Raises MeasurementError if there is no such layer.
    """
    prefix = _up_to(model, layer)
    count, total, squares, saturated = 0, 0.0, 0.0, 0
    low, high = inf, -inf
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            for batch in torch.split(pixels, _BATCH):
                values = prefix(scale_pixels(batch, scale))
                count += values.numel()
                total += float(values.sum(dtype=torch.float64))
                squares += float(values.square().sum(dtype=torch.float64))
                saturated += int((values.abs() > _SATURATED).sum())
                least, most = values.aminmax()
                low, high = min(low, float(least)), max(high, float(most))
    finally:
        model.train(was_training)
    mean = total / count
    return Activations(mean, max(squares / count - mean**2, 0.0), low, high, saturated / count)


def _up_to(model: nn.Module, layer: str) -> nn.Sequential:
    children = dict(model.named_children())
    if not isinstance(model, nn.Sequential) or layer not in children:
        known = ", ".join(children) or "none"
        raise MeasurementError(
            f"{type(model).__name__} has no layer '{layer}' in a sequence; it has: {known}"
        )
    return nn.Sequential(*list(children.values())[: list(children).index(layer) + 1])
