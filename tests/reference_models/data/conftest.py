"""A data set small enough to write in a test."""

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

WriteMnist = Callable[[Path], None]


@pytest.fixture
def write_mnist() -> WriteMnist:
    """A function that writes 12 train and 5 test images below a root, in torchvision's layout.

    Every pixel of image i is i; its label is i modulo 10.
    """

    def write(root: Path) -> None:
        raw = root / "MNIST" / "raw"
        raw.mkdir(parents=True)
        for stem, count in (("train", 12), ("t10k", 5)):
            pixels = bytes(value for value in range(count) for _ in range(784))
            (raw / f"{stem}-images-idx3-ubyte").write_bytes(
                struct.pack(">IIII", 0x0803, count, 28, 28) + pixels
            )
            labels = bytes(value % 10 for value in range(count))
            (raw / f"{stem}-labels-idx1-ubyte").write_bytes(
                struct.pack(">II", 0x0801, count) + labels
            )

    return write
