"""What a model learns from a split: how it is shown samples, and what its answers cost.

A task is data, a part of the recipe. It says which samples make an example (`order`, `example`),
what a wrong answer costs (`loss`) and, where answers can be right or wrong, how many are (`right`).
The engine and its learners know no model by name; they know tasks.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy, cross_entropy, mse_loss

from reference_models.training.corruptions import Corruption


class Task(ABC):
    """The base of all tasks: an example is one sample, and every sample is tested in turn."""

    counts_right: ClassVar[bool] = True
    """Whether an answer is right or wrong, so that there is an accuracy."""

    @property
    def samples_per_example(self) -> int:
        return 1

    def order(self, labels: Tensor, examples: int, generator: torch.Generator) -> Tensor | None:
        """Positions of the samples of so many examples, drawn by `generator`, on the CPU.

        `labels` are the train split's, `(N,)`. None means that the order is the recipe's business:
        a permutation an epoch.
        """
        del labels, examples, generator
        return None

    def test_order(self, labels: Tensor) -> Tensor | None:
        """Positions of the samples of all test examples, the same every time; None: all, as is."""
        del labels
        return None

    def example(self, inputs: Tensor, labels: Tensor, *, training: bool) -> tuple[Tensor, Any]:
        """What the model is shown and what it should answer.

        `inputs` are scaled, `(B, ...)`, and `labels` `(B,)`; B counts samples.
        """
        del training
        return inputs, labels

    @abstractmethod
    def loss(self, outputs: Any, targets: Any) -> Tensor:
        """The mean loss over the examples, a scalar."""

    @abstractmethod
    def right(self, outputs: Any, targets: Any) -> Tensor:
        """How many answers are right, an integer scalar; 0 where none can be."""

    def chance(self, labels: Tensor) -> float:
        """The accuracy of the best constant answer to a test split with these `labels`."""
        return float(labels.bincount().max()) / len(labels)

    @abstractmethod
    def answers(self, outputs: Any) -> Tensor:
        """The answers as plain numbers, one row an example: class scores, or a reconstruction."""


@dataclass(frozen=True)
class Classification(Task):
    """One class a sample: cross-entropy (natural logarithm) on logits `(B, classes)`."""

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return cross_entropy(outputs, targets)

    def right(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return (outputs.argmax(-1) == targets).sum()

    def answers(self, outputs: Tensor) -> Tensor:
        return outputs


CLASSIFICATION = Classification()


@dataclass(frozen=True)
class Decision(Task):
    """Yes or no: binary cross-entropy (natural logarithm) on a probability `(B, 1)` of class 1."""

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return binary_cross_entropy(outputs.squeeze(-1), targets.to(outputs.dtype))

    def right(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return ((outputs.squeeze(-1) > 0.5).to(targets.dtype) == targets).sum()

    def answers(self, outputs: Tensor) -> Tensor:
        return torch.cat((1 - outputs, outputs), dim=-1)


@dataclass(frozen=True)
class Reconstruction(Task):
    """Give back the clean input: mean squared error over all its values.

    In training the input goes through `corruptions` first, in their order; a test input is clean.
    """

    corruptions: tuple[Corruption, ...] = ()

    counts_right: ClassVar[bool] = False

    def example(self, inputs: Tensor, labels: Tensor, *, training: bool) -> tuple[Tensor, Tensor]:
        del labels
        shown = inputs
        for corruption in self.corruptions if training else ():
            shown = corruption(shown)
        return shown, inputs

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return mse_loss(outputs, targets)

    def right(self, outputs: Tensor, targets: Tensor) -> Tensor:
        del targets
        return torch.zeros((), dtype=torch.int64, device=outputs.device)

    def answers(self, outputs: Tensor) -> Tensor:
        return outputs
