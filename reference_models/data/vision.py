"""Data sets in torchvision's own layout, read and downloaded by torchvision itself."""

import pickle
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from reference_models.data.datasets import Split
from reference_models.errors import DataError

_FOLDERS = {
    "mnist": "MNIST/raw",
    "fashion-mnist": "FashionMNIST/raw",
    "cifar10": "cifar-10-batches-py",
}


def reader(name: str) -> Callable[..., Any]:
    """Return torchvision's class for the data set `name`."""
    from torchvision.datasets import CIFAR10, MNIST, FashionMNIST  # a third of a second

    readers: dict[str, Callable[..., Any]]
    readers = {"mnist": MNIST, "fashion-mnist": FashionMNIST, "cifar10": CIFAR10}
    return readers[name]


def source_files(name: str, root: Path) -> list[Path]:
    """The files of data set `name` below `root` in torchvision's layout, if there are any."""
    folder = root / _FOLDERS[name]
    return sorted(file for file in folder.glob("*") if file.is_file() and file.suffix != ".gz")


def decode(name: str, root: Path) -> tuple[Split, Split]:
    """Return the train and test split of `name` below `root`; DataError if they cannot be read."""
    # What torchvision raises on a short or foreign file is not one class but what fell over first.
    try:
        return _split(name, root, train=True), _split(name, root, train=False)
    except (RuntimeError, AssertionError, ValueError, KeyError, EOFError, OSError) as error:
        raise _damaged(name, root, error) from error
    except pickle.UnpicklingError as error:
        raise _damaged(name, root, error) from error


def download(name: str, root: Path) -> None:
    """Let torchvision fetch `name` into `root`, or raise DataError with its reason."""
    try:
        with redirect_stdout(StringIO()):
            reader(name)(root, train=True, download=True)
            reader(name)(root, train=False, download=True)
    except (RuntimeError, OSError) as error:
        reason = " ".join(str(error).split())
        raise DataError(f"could not download {name} into {root}: {reason}") from error


def _split(name: str, root: Path, *, train: bool) -> Split:
    dataset = reader(name)(root, train=train, download=False)
    return Split(_channels_first(torch.as_tensor(dataset.data)), _as_labels(dataset.targets))


def _channels_first(images: Tensor) -> Tensor:
    """`(N, H, W)` or `(N, H, W, C)` to `(N, C, H, W)`."""
    return images[:, None] if images.ndim == 3 else images.permute(0, 3, 1, 2).contiguous()


def _as_labels(targets: Tensor | list[int]) -> Tensor:
    return torch.from_numpy(np.asarray(targets, dtype=np.int64))


def _damaged(name: str, root: Path, error: Exception) -> DataError:
    reason = " ".join(str(error).split()) or type(error).__name__
    return DataError(
        f"{name} in {root / _FOLDERS[name]} is damaged ({reason}); "
        "delete that folder and fetch it again"
    )
