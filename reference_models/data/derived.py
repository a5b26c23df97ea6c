"""Data sets that are another one seen differently."""

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from reference_models.data.datasets import Dataset, Split

_SIDE = 28
_TRAIN_A_CLASS, _TEST_A_CLASS = 1000, 100
_LUMA = (0.299, 0.587, 0.114)


def grey(name: str, data: Dataset) -> Dataset:
    """`data` in grey at 28x28: the first 1,000 of each class for training, the first 100 for test.

    Rice COMP 576 hands CIFAR-10 out like this. Grey is ITU-R BT.601 luma, as PIL's "L" has it;
    resizing is bilinear with antialiasing, as PIL's. Of a smaller set all images are kept.
    """
    return replace(
        data,
        name=name,
        title=f"{data.title}, grey {_SIDE}x{_SIDE}",
        key=f"{data.key}-grey-{_SIDE}-{_TRAIN_A_CLASS}-{_TEST_A_CLASS}",
        train=_grey(data.train, _TRAIN_A_CLASS),
        test=_grey(data.test, _TEST_A_CLASS),
    )


def _grey(split: Split, a_class: int) -> Split:
    positions = _first_of_each(split.labels, a_class)
    colour = split.inputs.index_select(0, positions).to(torch.float32)
    weights = torch.tensor(_LUMA).view(1, 3, 1, 1)
    luma = (colour * weights).sum(1, keepdim=True).round_()
    small = interpolate(luma, (_SIDE, _SIDE), mode="bilinear", antialias=True)
    pixels = small.round_().clamp_(0, 255).to(torch.uint8)
    return Split(pixels, split.labels.index_select(0, positions))


def _first_of_each(labels: Tensor, count: int) -> Tensor:
    """Positions of the first `count` samples of every class, in their order."""
    chosen = [
        (labels == label).nonzero().flatten()[:count] for label in range(int(labels.max()) + 1)
    ]
    return torch.cat(chosen).sort().values
