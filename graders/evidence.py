"""What the parent works out for itself from plain arrays: counts, shapes, agreement, accuracy."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmarks.measure import Accuracy, score, wilson
from graders.names import one_line
from graders.sandbox import NamedArray
from reference_models import ModelCard
from reference_models.data import InputScale
from reference_models.training import predict

_SCALES: tuple[InputScale, ...] = ("raw", "unit")


@dataclass(frozen=True)
class Shapes:
    """Whether a submission's parameters have the reference's shapes in order, else where not."""

    match: bool
    difference: str = ""


def count_numbers(arrays: Sequence[NamedArray]) -> int:
    """How many numbers the parameters hold, buffers not counted."""
    return sum(math.prod(one.values.shape) for one in arrays if one.kind == "parameter")


def compare_shapes(arrays: Sequence[NamedArray], reference: nn.Module) -> Shapes:
    """Compare parameter shapes in order; names are the student's to choose."""
    theirs = [
        (one_line(one.name, 60), one.values.shape) for one in arrays if one.kind == "parameter"
    ]
    ours = [tuple(parameter.shape) for parameter in reference.parameters()]
    for number, ((name, shape), wanted) in enumerate(zip(theirs, ours, strict=False), start=1):
        if shape != wanted:
            difference = f"parameter {number} ('{name}') is {_size(shape)}, not {_size(wanted)}"
            return Shapes(match=False, difference=difference)
    if len(theirs) != len(ours):
        return Shapes(match=False, difference=f"{len(theirs)} parameter arrays, not {len(ours)}")
    return Shapes(match=True)


def agreement(
    arrays: Sequence[NamedArray],
    answers: NDArray[np.float32],
    card: ModelCard,
    images: Tensor,
) -> float:
    """Return the share of `images` (uint8) on which the reference model agrees with `answers`.

    The reference model computes with the submission's own parameters, which must have its shapes.
    A submission may scale its inputs itself, so the better of both scales counts. An answer that is
    not finite agrees with nothing.
    """
    theirs = torch.from_numpy(answers)
    finite = theirs.isfinite().all(dim=1)
    chosen = theirs.argmax(dim=1)
    shares = []
    for scale in _SCALES:
        ours = _reference_answers(card, arrays, images, scale)
        agree = (ours.argmax(dim=1) == chosen) & ours.isfinite().all(dim=1) & finite
        shares.append(float(agree.double().mean()))
    return max(shares)


def accuracy(answers: NDArray[np.float32], labels: Tensor, confidence: float) -> Accuracy:
    """Accuracy of `answers` `(N, classes)` with its Wilson interval at `confidence`."""
    found = score(torch.from_numpy(answers), labels)
    return wilson(found.correct, found.total, confidence)


def _reference_answers(
    card: ModelCard, arrays: Sequence[NamedArray], images: Tensor, scale: InputScale
) -> Tensor:
    """Logits of the reference model with the submission's numbers in it."""
    model = card.build()
    for kind, targets in (("parameter", model.parameters()), ("buffer", model.buffers())):
        values = [one.values for one in arrays if one.kind == kind]
        for target, value in zip(targets, values, strict=False):
            with np.errstate(
                all="ignore"
            ):  # what does not fit becomes infinite, and agrees with nothing
                plain = value.astype(np.float32)
            target.data.copy_(torch.from_numpy(plain).reshape(target.shape))
    return predict(model, images, scale)


def _size(shape: tuple[int, ...]) -> str:
    return "x".join(str(size) for size in shape) or "a single number"
