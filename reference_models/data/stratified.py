"""A train split that keeps back a sixth of every class, whole or cut down to balanced classes."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from reference_models.data.datasets import Dataset
from reference_models.errors import DataError

_SHARE = 6
_SEED = 6207


@dataclass(frozen=True)
class Stratified:
    """Five sixths of the train split, or `samples` of them with every class the same number.

    One sixth of each class, rounded down, is kept back for validation; what rounding leaves of a
    sixth of the whole goes to the smallest class. Of MNIST's 60,000 images, 50,000 are left, in the
    numbers that the report prints. Which images is drawn once, by a fixed seed, so that a smaller
    subset is part of a larger one. With `validates` the images kept back are the data set's
    validation split; without, nobody looks at them.
    """

    samples: int | None = None
    validates: bool = False

    def of(self, data: Dataset) -> Dataset:
        """Return `data` as seen through this view; DataError if a class has too few images.

        Embedded data is smaller than any report's: there a subset takes what there is.
        """
        labels = data.train.labels.cpu()
        images = labels.bincount()
        by_class, rank = _shuffled_by_class(labels, images)
        back = _kept_back(images)
        of_class = labels[by_class]
        held = rank < back[of_class]
        chosen = ~held & (rank < back[of_class] + self._wanted(data, images - back)[of_class])
        validation = data.train.take(by_class[held].sort().values) if self.validates else None
        return replace(
            data,
            key=f"{data.key}-sixth{'' if self.samples is None else f'-{self.samples}'}",
            train=data.train.take(by_class[chosen].sort().values),
            validation=validation,
        )

    def _wanted(self, data: Dataset, left: Tensor) -> Tensor:
        """How many images of every class to train on, of those `left`."""
        if self.samples is None:
            return left
        each = self.samples // len(left)
        if data.source == "real" and int(left.min()) < each:
            raise DataError(
                f"{data.title} has {int(left.min())} images of class {int(left.argmin())} to train "
                f"on, but {self.samples} images, as many of each class, need {each}; ask for fewer"
            )
        return left.clamp(max=each)


def _shuffled_by_class(labels: Tensor, images: Tensor) -> tuple[Tensor, Tensor]:
    """Positions class after class, shuffled within each, and their places within their class."""
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(_SEED))
    by_class = order[labels[order].argsort(stable=True)]
    start = images.cumsum(0) - images
    return by_class, torch.arange(len(labels)) - start[labels[by_class]]


def _kept_back(images: Tensor) -> Tensor:
    """How many of every class are kept back, given how many there are."""
    back = images // _SHARE
    back[images.argmin()] += images.sum() // _SHARE - back.sum()
    return back
