"""Image folders: `<name>/{train,test}/<class>/<image>`, decoded once."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from tqdm import tqdm

from reference_models.data.datasets import Split
from reference_models.errors import DataError

_PARTS = ("train", "test")
_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp"})
_MODES = {1: "L", 3: "RGB"}


def image_files(folder: Path) -> list[Path]:
    """Every image of `folder/{train,test}/<class>/`, train first, each class in name order."""
    return [
        image
        for part in _PARTS
        for image in sorted((folder / part).glob("*/*"))
        if image.suffix.lower() in _SUFFIXES
    ]


def class_names(folder: Path) -> tuple[str, ...]:
    """The class folders below `train`, sorted: a label is a position in this tuple."""
    return tuple(sorted(entry.name for entry in (folder / "train").iterdir() if entry.is_dir()))


def decode(folder: Path, shape: tuple[int, int, int]) -> tuple[Split, Split]:
    """Decode `folder` into a train and a test split of images with `shape` (C, H, W).

    Raises DataError for an image that is damaged or of another size, for a class that only one of
    the two splits has, and for a split without images: each message names the file or folder.
    """
    files = image_files(folder)
    by_part = {part: [file for file in files if file.parts[-3] == part] for part in _PARTS}
    train, test = (_decode_part(folder, part, by_part[part], shape) for part in _PARTS)
    return train, test


def _decode_part(
    folder: Path, part: str, files: Sequence[Path], shape: tuple[int, int, int]
) -> Split:
    classes = {name: label for label, name in enumerate(class_names(folder))}
    strangers = sorted({file.parent.name for file in files} - classes.keys())
    if not files or strangers:
        what = f"has a class '{strangers[0]}' that train lacks" if strangers else "holds no image"
        raise DataError(f"{folder / part} {what}; expected <class>/<image> files")
    images = torch.empty((len(files), *shape), dtype=torch.uint8)
    # One after another: images of a tenth of a millisecond make threads wait for each other, and
    # two of them take twice as long as one.
    progress = tqdm(files, f"decoding {folder.name}/{part}", disable=None)
    for image, file in zip(images, progress, strict=True):
        image.copy_(torch.from_numpy(_decode_image(file, shape)))
    labels = torch.tensor([classes[file.parent.name] for file in files], dtype=torch.int64)
    return Split(images, labels)


def _decode_image(file: Path, shape: tuple[int, int, int]) -> np.ndarray:
    channels, height, width = shape
    try:
        with Image.open(file) as image:
            pixels = np.array(image.convert(_MODES[channels]), dtype=np.uint8)
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise DataError(f"{file} is not a readable image: {error}") from error
    if pixels.shape[:2] != (height, width):
        raise DataError(
            f"{file} is {pixels.shape[1]}x{pixels.shape[0]} pixels, not {width}x{height}"
        )
    return pixels.reshape(height, width, channels).transpose(2, 0, 1)
