"""What a model is asked: test examples, how they are shown, what an answer looks like."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reference_models import ModelCard
from reference_models.bs6207 import Bags
from reference_models.data import Dataset, InputScale, scale_pixels
from reference_models.training import Decision, Recipe, Reconstruction, Task

_BATCH_SAMPLES = 500


@dataclass(frozen=True)
class Questions:
    """Every test example of a model's task, in the order of the test split.

    `stored` is `(N, *input_shape)` as data sets keep it, `labels` the right classes `(N,)`; bags
    have as label the number of their count. `shape` is that of one answer as a model gives it.
    """

    task: Task
    scale: InputScale
    stored: Tensor
    labels: Tensor
    shape: tuple[int, ...]

    @classmethod
    def of(cls, card: ModelCard, data: Dataset) -> Self:
        """What the model of `card` is asked of the test split of `data`."""
        recipe = recipe_of(card)
        task = recipe.task if recipe else card.task
        scale = card.recipes["quick"].input_scale if recipe else card.input_scale
        inputs, labels = data.test.inputs, data.test.labels
        if isinstance(task, Bags):
            task = replace(task, test_batches=1)
            chosen = task.test_order(labels)
            inputs, (labels, _) = task.example(inputs[chosen], labels[chosen], training=False)
        return cls(task, scale, inputs, labels, _shape(card, task))

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def examples(self) -> str:
        """The word for what is asked about."""
        return {2: "points", 4: "images"}.get(self.stored.ndim, "bags of images")

    @property
    def batch_size(self) -> int:
        """Examples that are shown at once: some thousand images at most."""
        size = self.stored[0].shape[0] if self.stored.ndim > 4 else 1
        return max(1, _BATCH_SAMPLES // size)

    @property
    def scales(self) -> tuple[InputScale, ...]:
        """Every scale that such inputs can have, the assignment's first."""
        others: tuple[InputScale, ...] = ("raw", "unit", "signed", "standard")
        if self.stored.ndim == 2:
            others = ("raw", "square")
        return tuple(dict.fromkeys((self.scale, *others)))

    @cached_property
    def reconstructs(self) -> bool:
        """Whether an answer is the input given back, rather than a class."""
        return isinstance(self.task, Reconstruction)

    def batches(self, order: Tensor, scale: InputScale) -> Iterator[NDArray[np.float32]]:
        """Yield the examples in `order`, as a model in that scale reads them."""
        for positions in torch.split(order, self.batch_size):
            yield scale_pixels(self.stored[positions], scale).numpy()

    def fresh(self, count: int, generator: torch.Generator) -> Self:
        """Return as many new inputs of the same kind: mixtures of two examples, without labels.

        Nobody can have the answers to them ready, for no two draws have one in common.
        """
        pairs = torch.randint(len(self.stored), (2, count), generator=generator)
        weights = torch.rand((count, *[1] * (self.stored.ndim - 1)), generator=generator)
        one, other = (self.stored[each].float() for each in pairs)
        mixed = torch.lerp(one, other, weights)
        stored = mixed if self.stored.is_floating_point() else mixed.round_()
        return replace(self, stored=stored.to(self.stored.dtype), labels=self.labels[:0])

    def as_answers(self, raw: NDArray[np.float32]) -> NDArray[np.float32]:
        """What outputs say in the words of the task: a probability becomes two classes."""
        return self.task.answers(torch.from_numpy(raw)).numpy()


def recipe_of(card: ModelCard) -> Recipe | None:
    """The recipe that says what the model is asked: the report's, where it is trained at all."""
    return card.recipes.get("paper")


def _shape(card: ModelCard, task: Task) -> tuple[int, ...]:
    if isinstance(task, Reconstruction):
        return card.input_shape
    if isinstance(task, Decision):
        return (1,)
    return (card.classes,)
