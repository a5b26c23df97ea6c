"""Which part of a data set an experiment trains on, and what it keeps back for validation."""

from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from reference_models.data.datasets import Dataset, Split
from reference_models.errors import DataError

_SORTED_SEED = 20_211


class DataView(Protocol):
    """Any way to see a part of a data set, as data: frozen, comparable, printable."""

    def of(self, data: Dataset) -> Dataset:
        """Return `data` as seen through this view; DataError if that leaves too little."""
        ...


@dataclass(frozen=True)
class View:
    """Positions `start` to `stop` of the train split; their last share `validation` is kept back.

    Positions count in the order of the data set's own files. Where those are sorted by class, as an
    image folder is, that order is lost and a fixed random one stands in for it. Embedded data is
    smaller than any report's: there all of it is used, and only `validation` matters.
    """

    start: int = 0
    stop: int | None = None
    validation: float = 0.0

    def of(self, data: Dataset) -> Dataset:
        """Return `data` as seen through this view; DataError if nothing is left to train on."""
        if self == WHOLE:
            return data
        positions = _in_order(data.train.labels)
        if data.source == "real":
            positions = positions[self.start : self.stop]
        kept = int(len(positions) * (1 - self.validation))  # as Keras splits
        if kept == 0:
            raise DataError(
                f"{data.title} has {len(data.train)} training samples; "
                f"none lies in {self.start}..{self.stop}"
            )
        return replace(
            data,
            key=f"{data.key}[{self.start}:{self.stop}]-{self.validation:g}",
            train=data.train.take(positions[:kept]),
            validation=_some(data.train, positions[kept:]),
        )


WHOLE = View()
"""All of a data set, nothing kept back."""


def _some(split: Split, positions: Tensor) -> Split | None:
    return split.take(positions) if len(positions) else None


def _in_order(labels: Tensor) -> Tensor:
    count = len(labels)
    if bool((labels[1:] >= labels[:-1]).all()):
        return torch.randperm(count, generator=torch.Generator().manual_seed(_SORTED_SEED))
    return torch.arange(count)
