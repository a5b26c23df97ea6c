"""The ConvNets of part (ii), of the Keras starter script, and the baseline that only counts."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from reference_models.data import Dataset
from reference_models.initialise import glorot_uniform, same_padding_stride_2

CLASSES = 10
_SIDE = 32

Stage = tuple[int, Literal["plain", "strided", "pooled"]]
"""A convolution: its filters, and whether its stride or a pool after it halves the image."""


class ConvNet(nn.Sequential):
    """3x3 "same" convolutions with ReLU, dropout 0.5, and a dense layer to ten classes.

    Input `(batch, 3, 32, 32)`, output logits `(batch, 10)`. Kernels are Glorot-uniform and biases
    zero, as Keras draws them.
    """

    def __init__(self, stages: Sequence[Stage]) -> None:
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        channels, side = 3, _SIDE
        for number, (filters, kind) in enumerate(stages, start=1):
            strided = kind == "strided"
            if strided:
                layers[f"pad{number}"] = same_padding_stride_2()
            layers[f"conv{number}"] = nn.Conv2d(
                channels, filters, 3, stride=2 if strided else 1, padding=0 if strided else 1
            )
            layers[f"relu{number}"] = nn.ReLU()
            if kind == "pooled":
                layers[f"pool{number}"] = nn.MaxPool2d(2)
            channels, side = filters, side if kind == "plain" else side // 2
        layers["dropout"] = nn.Dropout(0.5)
        layers["flatten"] = nn.Flatten()
        layers["output"] = nn.Linear(channels * side * side, CLASSES)
        super().__init__(layers)
        glorot_uniform(self)


class MostFrequent(nn.Module):
    """Answers every image with the class that was the commonest in training."""

    shares: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("shares", torch.full((CLASSES,), 1 / CLASSES))

    def forward(self, images: Tensor) -> Tensor:
        """Return the same `(batch, 10)` logits for all: the logarithms of the class shares."""
        return self.shares.clamp_min(1e-12).log().expand(len(images), -1)


def count_classes(model: nn.Module, data: Dataset) -> None:
    """Set a `MostFrequent`'s shares to those of the train split."""
    counts = data.train.labels.bincount(minlength=CLASSES)
    model.load_state_dict({"shares": counts / len(data.train)})


def convnet() -> nn.Module:
    """The four-convolution model of the starter script."""
    return ConvNet(((16, "plain"), (16, "strided"), (32, "plain"), (32, "strided")))


def maxpool() -> nn.Module:
    """The report's pooling model, in which two of the four convolutions are gone."""
    return ConvNet(((16, "pooled"), (32, "pooled")))


def maxpool_like_for_like() -> nn.Module:
    """All four convolutions, with pools in the place of the strides: what the exercise asks for."""
    return ConvNet(((16, "plain"), (16, "pooled"), (32, "plain"), (32, "pooled")))


def two_layers() -> nn.Module:
    """The first two convolutions of the starter script."""
    return ConvNet(((16, "plain"), (16, "strided")))


def six_layers() -> nn.Module:
    """The exercise's thinner and deeper model."""
    pairs: list[Stage] = []
    for filters in (8, 16, 32):
        pairs += [(filters, "plain"), (filters, "strided")]
    return ConvNet(pairs)
