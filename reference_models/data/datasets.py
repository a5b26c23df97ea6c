"""What a data set is: two splits of uint8 images in memory, and where they came from."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from reference_models.errors import DataError

Source = Literal["embedded", "real"]


@dataclass(frozen=True)
class Split:
    """Images `(N, C, H, W)` uint8 and labels `(N,)` int64, on one device."""

    images: Tensor
    labels: Tensor

    def __post_init__(self) -> None:
        if self.images.dtype != torch.uint8 or self.images.ndim != 4:
            raise DataError(
                "images must be uint8 (N, C, H, W), "
                f"not {self.images.dtype} {tuple(self.images.shape)}"
            )
        if self.labels.dtype != torch.int64 or self.labels.shape != self.images.shape[:1]:
            raise DataError(
                f"{len(self.images)} images need as many int64 labels, "
                f"not {self.labels.dtype} {tuple(self.labels.shape)}"
            )

    def __len__(self) -> int:
        return len(self.labels)

    def to(self, device: torch.device | str) -> "Split":
        """The same split on `device`; moved once, then batched there by index."""
        return Split(self.images.to(device), self.labels.to(device))

    def head(self, count: int) -> "Split":
        """The first `count` samples, or all of them if there are fewer."""
        return Split(self.images[:count], self.labels[:count])


@dataclass(frozen=True)
class Dataset:
    """A train and a test split with their name and source.

    `title` is what tables print ("MNIST", "handwritten digits 8x8, resized"); `name` is the id that
    model cards ask for; `key` identifies the contents, so that two runs can be told to have seen
    the same pixels.
    """

    name: str
    source: Source
    title: str
    classes: tuple[str, ...]
    key: str
    train: Split
    test: Split

    def to(self, device: torch.device | str) -> "Dataset":
        """The same data set with both splits on `device`."""
        return Dataset(
            self.name,
            self.source,
            self.title,
            self.classes,
            self.key,
            self.train.to(device),
            self.test.to(device),
        )
