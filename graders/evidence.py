"""What the parent works out for itself from plain arrays: counts, shapes, agreement, accuracy."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from benchmarks.measure import Accuracy, measure_trained, score, wilson
from graders.names import one_line
from graders.questions import Questions, recipe_of
from graders.sandbox import NamedArray
from reference_models import ModelCard
from reference_models.data import Dataset, InputScale, scale_pixels
from reference_models.training import predict

_TIE = 1e-4
"""Two answers nearer to each other than this, relative to the largest, may change places."""
_MOST_TIES = 0.01
"""The share of examples on which such a change is excused: by a hundredth nobody gains much."""
_SAME_PIXEL = 1e-2
"""How far two reconstructions of one pixel may lie apart, where the whole range is 2."""


@dataclass(frozen=True)
class Shapes:
    """Whether a submission's parameters have the reference's shapes in order, else where not."""

    match: bool
    difference: str = ""


def parameter_shapes(arrays: Sequence[NamedArray]) -> list[tuple[int, ...]]:
    """The shapes of the parameters in order, buffers left out."""
    return [one.values.shape for one in arrays if one.kind == "parameter"]


def count_numbers(arrays: Sequence[NamedArray]) -> int:
    """How many numbers the parameters hold, buffers not counted."""
    return sum(math.prod(shape) for shape in parameter_shapes(arrays))


def count_bytes(arrays: Sequence[NamedArray]) -> int:
    """How many bytes parameters and buffers take, in the number types that they came in."""
    return sum(one.values.nbytes for one in arrays)


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
    questions: Questions,
    enough: float = 1.0,
) -> float:
    """Return the share of `questions` on which the reference model agrees with `answers`.

    The reference model computes with the submission's own parameters, which must have its shapes.
    A submission may scale its inputs itself, so the best of all scales counts; none is tried after
    one that is `enough`. An answer that is not finite agrees with nothing.
    """
    model = with_parameters(card, arrays)
    theirs = torch.from_numpy(answers)
    best = 0.0
    for scale in questions.scales:
        ours = predict(model, questions.stored, scale, questions.batch_size, questions.task)
        same = _same_pixels if questions.reconstructs else _same_class
        best = max(best, same(ours, theirs))
        if best >= enough:
            break
    return best


def finite_share(answers: NDArray[np.float32]) -> float:
    """The share of `answers` `(N, ...)` in which every number is finite."""
    return float(np.isfinite(answers).reshape(len(answers), -1).all(axis=1).mean())


def accuracy(answers: NDArray[np.float32], labels: Tensor, confidence: float) -> Accuracy:
    """Accuracy of `answers` `(N, classes)` with its Wilson interval at `confidence`."""
    found = score(torch.from_numpy(answers), labels)
    return wilson(found.correct, found.total, confidence)


def reconstruction_loss(answers: NDArray[np.float32], questions: Questions) -> float | None:
    """The mean squared error of `answers`, the inputs given back in the model's scale.

    None where they are not all finite.
    """
    wanted = scale_pixels(questions.stored, questions.scale)
    loss = float(mse_loss(torch.from_numpy(answers).double(), wanted.double()))
    return loss if math.isfinite(loss) else None


def measure_of(
    name: str, arrays: Sequence[NamedArray], card: ModelCard, data: Dataset
) -> float | None:
    """Return the measure called `name` of the reference model with the submission's parameters.

    None where they are not all finite.
    """
    if not all(np.isfinite(one.values).all() for one in arrays if one.kind == "parameter"):
        return None
    return measure_trained(name, with_parameters(card, arrays), data, card, recipe_of(card))


def reference_answers(
    card: ModelCard, arrays: Sequence[NamedArray], questions: Questions, scale: InputScale
) -> NDArray[np.float32]:
    """What the reference model with the submission's numbers in it answers to all `questions`."""
    model = with_parameters(card, arrays)
    found = predict(model, questions.stored, scale, questions.batch_size, questions.task)
    return found.numpy()


def with_parameters(card: ModelCard, arrays: Sequence[NamedArray]) -> nn.Module:
    """Return the reference model with the submission's numbers in it, which must fit."""
    model = card.build()
    for kind, targets in (("parameter", model.parameters()), ("buffer", model.buffers())):
        values = [one.values for one in arrays if one.kind == kind]
        for target, value in zip(targets, values, strict=False):
            if value.size != target.numel():
                continue
            with np.errstate(
                all="ignore"
            ):  # what does not fit becomes infinite, and agrees with nothing
                plain = value.astype(np.float32)
            target.data.copy_(torch.from_numpy(plain).reshape(target.shape))
    return model


def _same_class(ours: Tensor, theirs: Tensor) -> float:
    """The share of rows whose largest numbers stand in the same place.

    Rounding may make two numbers change places that are as good as equal; that is excused where it
    is rare. It would else be a way to have zeros for parameters, which are equal everywhere.
    """
    usable = ours.isfinite().all(dim=1) & theirs.isfinite().all(dim=1)
    mine, chosen = ours.argmax(dim=1), theirs.argmax(dim=1)
    same = (mine == chosen) & usable
    tied = usable & ~same & _near(ours, mine, chosen) & _near(theirs, mine, chosen)
    excused = min(int(tied.sum()), math.ceil(_MOST_TIES * len(ours)))
    return (int(same.sum()) + excused) / len(ours)


def _near(rows: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """Whether the numbers at `first` and `second` of each row are as good as equal."""
    gap = rows.gather(1, first[:, None]) - rows.gather(1, second[:, None])
    return gap[:, 0].abs() <= _TIE * rows.abs().amax(dim=1)


def _same_pixels(ours: Tensor, theirs: Tensor) -> float:
    """The share of rows that are equal everywhere but for rounding."""
    apart = (ours - theirs).flatten(1).abs().amax(dim=1)
    return float((apart <= _SAME_PIXEL).double().mean())


def _size(shape: tuple[int, ...]) -> str:
    return "x".join(str(size) for size in shape) or "a single number"
