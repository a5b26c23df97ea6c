"""Bags of images, and the question how many classes are among a bag's images."""

from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, mse_loss

from reference_models.errors import DataError
from reference_models.training.tasks import Task

BAGS_A_BATCH, TEST_BAGS_A_BATCH = 20, 40
"""The authors' batches: 20 // K bags of each of K counts in training, 40 // K in the test."""

_TEST_SEED = 6207
_PROTOCOL = 5040
"""The authors' test asks about some 5,040 bags of each count."""


@dataclass(frozen=True)
class Bags(Task):
    """How many unique classes, `low` to `high`, a bag of `bag` images holds: an answer a bag.

    The loss is `alpha` times the cross-entropy of the count plus `1 - alpha` times the mean squared
    error of the images given back, in the scale they were shown in; with `alpha` 1 the model has no
    decoder and gives logits alone. The test split is asked about `test_batches` batches of 40 // K
    bags of each of the K counts; `by_protocol` makes them as many as the authors asked.
    """

    low: int = 1
    high: int = 4
    bag: int = 32
    alpha: float = 1.0
    test_batches: int = 5

    @property
    def samples_per_example(self) -> int:
        """The images of a bag."""
        return self.bag

    @property
    def counts(self) -> int:
        """How many answers there are."""
        return self.high - self.low + 1

    @property
    def by_protocol(self) -> "Bags":
        """The same question with the authors' number of test bags: 20,160 of 4 counts."""
        return replace(self, test_batches=_PROTOCOL // (TEST_BAGS_A_BATCH // self.counts))

    @property
    def batch_size(self) -> int:
        """Samples in a training batch of the authors: 20 // K bags of each count."""
        return BAGS_A_BATCH // self.counts * self.counts * self.bag

    def order(self, labels: Tensor, examples: int, generator: torch.Generator) -> Tensor:
        """Positions of the images of so many bags, the counts in turn, bag after bag.

        All subsets of u classes are visited in a shuffled order before any comes again; an epoch
        begins anew. A bag is shared as evenly as can be among its classes, the first get what is
        left over, and no image comes twice in it.
        """
        return self._positions(labels, examples, generator, shuffled=True)

    def test_order(self, labels: Tensor) -> Tensor:
        """Positions of the test bags' images: subsets of classes in lexicographic order."""
        examples = self.test_batches * (TEST_BAGS_A_BATCH // self.counts) * self.counts
        generator = torch.Generator().manual_seed(_TEST_SEED)
        return self._positions(labels.cpu(), examples, generator, shuffled=False)

    def example(
        self, inputs: Tensor, labels: Tensor, *, training: bool
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Bags `(B, bag, ...)`; the number of the right count `(B,)`, and the bags themselves."""
        del training
        bags = inputs.reshape(-1, self.bag, *inputs.shape[1:])
        present = labels.reshape(-1, self.bag).sort(1).values
        return bags, ((present.diff(dim=1) != 0).sum(1) + 1 - self.low, bags)

    def loss(self, outputs: Any, targets: tuple[Tensor, Tensor]) -> Tensor:
        """The mean over the bags of what a count costs, and over all pixels of the images'."""
        count, bags = targets
        if self.alpha == 1:
            return cross_entropy(self.answers(outputs), count)
        logits, images = outputs
        return self.alpha * cross_entropy(logits, count) + (1 - self.alpha) * mse_loss(images, bags)

    def right(self, outputs: Any, targets: tuple[Tensor, Tensor]) -> Tensor:
        """How many bags are counted right."""
        return (self.answers(outputs).argmax(-1) == targets[0]).sum()

    def chance(self, labels: Tensor) -> float:
        """Every count is asked for equally often."""
        del labels
        return 1 / self.counts

    def answers(self, outputs: Any) -> Tensor:
        """Logits `(B, counts)`, with or without reconstructions beside them."""
        logits: Tensor = outputs[0] if isinstance(outputs, tuple) else outputs
        return logits

    def _positions(
        self, labels: Tensor, examples: int, generator: torch.Generator, *, shuffled: bool
    ) -> Tensor:
        """`(examples * bag,)` positions in `labels`; example number i has count low + i mod K."""
        images = labels.bincount()
        self._check(images)
        by_class = labels.argsort(stable=True)
        start = images.cumsum(0) - images
        bags = torch.empty(examples, self.bag, dtype=torch.int64)
        for turn, unique in enumerate(range(self.low, self.high + 1)):
            mine = bags[turn :: self.counts]
            classes = _subsets(len(images), unique, len(mine), generator, shuffled=shuffled)
            share = self.bag // unique + (torch.arange(unique) < self.bag % unique).long()
            drawn = _distinct(images[classes], share, generator)
            member = torch.arange(unique).repeat_interleave(share)
            place = torch.arange(self.bag) - (share.cumsum(0) - share)[member]
            mine.copy_(by_class[start[classes[:, member]] + drawn[:, member, place]])  # a view
        return bags.flatten()

    def _check(self, images: Tensor) -> None:
        """Raise DataError unless every class has the images that a bag may want of it."""
        if len(images) < self.high:
            raise DataError(
                f"a bag of {self.high} unique classes cannot be made of {len(images)}; "
                "lower the highest count"
            )
        needed = -(-self.bag // self.low)
        if int(images.min()) < needed:
            raise DataError(
                f"digit {int(images.argmin())} has {int(images.min())} images, but a bag of "
                f"{self.bag} with {self.low} unique digit{'s' * (self.low > 1)} needs {needed} of "
                "it; take more images, or make the bags smaller"
            )


def _subsets(
    classes: int, unique: int, bags: int, generator: torch.Generator, *, shuffled: bool
) -> Tensor:
    """`(bags, unique)` class numbers: every subset comes once before any comes again."""
    every = torch.tensor(list(combinations(range(classes), unique)))
    passes = -(-bags // len(every))
    order = torch.arange(len(every)).expand(passes, -1)
    if shuffled:
        order = torch.rand(passes, len(every), generator=generator).argsort(1)
    return every[order.flatten()[:bags]]


def _distinct(population: Tensor, wanted: Tensor, generator: torch.Generator) -> Tensor:
    """`(*population.shape, most)` integers; the first `wanted` of a row are distinct, uniform.

    They lie below the row's population, and every set of them is equally likely. Floyd's algorithm
    (Bentley and Floyd, CACM 30:9, 1987) on all rows at once: as many rounds as a row has places,
    however many rows there are. What a row holds beyond `wanted` means nothing.
    """
    most = int(wanted.max())
    chosen = torch.empty(*population.shape, most, dtype=torch.int64)
    first = population - wanted
    for place in range(most):
        chance = torch.rand(population.shape, generator=generator, dtype=torch.float64)
        drawn = (chance * (first + place + 1)).long()
        taken = (chosen[..., :place] == drawn.unsqueeze(-1)).any(-1)
        chosen[..., place] = torch.where(taken, first + place, drawn)
    return chosen
