"""What a data set is: two splits of uint8 images in memory, and where they came from."""

from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from reference_models.errors import DataError

Source = Literal["embedded", "real"]


@dataclass(frozen=True)
class Split:
    """Samples and labels `(N,)` int64, on one device.

    Samples are images, `(N, C, H, W)` uint8, or points, `(N, D)` float32.
    """

    inputs: Tensor
    labels: Tensor

    def __post_init__(self) -> None:
        kind = (self.inputs.dtype, self.inputs.ndim)
        if kind not in ((torch.uint8, 4), (torch.float32, 2)):
            raise DataError(
                "images must be uint8 (N, C, H, W) and points float32 (N, D), "
                f"not {self.inputs.dtype} {tuple(self.inputs.shape)}"
            )
        if self.labels.dtype != torch.int64 or self.labels.shape != self.inputs.shape[:1]:
            raise DataError(
                f"{len(self.inputs)} samples need as many int64 labels, "
                f"not {self.labels.dtype} {tuple(self.labels.shape)}"
            )

    def __len__(self) -> int:
        return len(self.labels)

    def to(self, device: torch.device | str) -> "Split":
        """The same split on `device`; moved once, then batched there by index."""
        return Split(self.inputs.to(device), self.labels.to(device))

    def head(self, count: int) -> "Split":
        """The first `count` samples, or all of them if there are fewer."""
        return Split(self.inputs[:count], self.labels[:count])

    def take(self, positions: Tensor) -> "Split":
        """The samples at `positions`, in that order."""
        chosen = positions.to(self.inputs.device)
        return Split(self.inputs.index_select(0, chosen), self.labels.index_select(0, chosen))


@dataclass(frozen=True)
class Dataset:
    """A train and a test split with their name and source, and perhaps a validation split.

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
    validation: Split | None = None

    def to(self, device: torch.device | str) -> "Dataset":
        """The same data set with all splits on `device`."""
        return replace(
            self,
            train=self.train.to(device),
            test=self.test.to(device),
            validation=self.validation.to(device) if self.validation else None,
        )
