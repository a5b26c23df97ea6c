"""Small colour pictures drawn from a seed: what stands in for photographs without a network."""

import numpy as np
import torch
from numpy.typing import NDArray

from reference_models.data.datasets import Dataset, Split

_SIDE = 32
_TRAIN, _TEST = 2000, 500
_SEED = 0
_FORMS = ("disc", "square", "diamond", "ring", "cross")
_FILLS = ("solid", "striped")
CLASSES = tuple(f"{fill} {form}" for fill in _FILLS for form in _FORMS)

Floats = NDArray[np.floating]
Ints = NDArray[np.integer]


def shapes(name: str) -> Dataset:
    """2,000 train and 500 test pictures `(3, 32, 32)` uint8 of ten kinds, balanced.

    A kind is a form and a fill; colours, place, size and noise are random and tell nothing.
    """
    generator = np.random.default_rng(_SEED)
    return Dataset(
        name=name,
        source="embedded",
        title="drawn shapes 32x32",
        classes=CLASSES,
        key=f"shapes-{_SIDE}-{_SEED}-{_TRAIN}-{_TEST}",
        train=_split(_TRAIN, generator),
        test=_split(_TEST, generator),
    )


def _split(count: int, generator: np.random.Generator) -> Split:
    labels = generator.permutation(np.arange(count) % len(CLASSES))
    x, y = _coordinates(count, generator)
    mask = _mask(x, y, labels % len(_FORMS), labels // len(_FORMS))[:, None]
    ink, paper = _colours(count, generator)
    noise = generator.normal(0, 12, (count, 3, _SIDE, _SIDE))
    pixels = np.clip(np.where(mask, ink, paper) + noise, 0, 255).astype(np.uint8)
    return Split(torch.from_numpy(pixels), torch.from_numpy(labels.astype(np.int64)))


def _coordinates(count: int, generator: np.random.Generator) -> tuple[Floats, Floats]:
    """`(N, side, side)` coordinates in units of each form's radius, from its own centre."""
    grid = np.arange(_SIDE, dtype=np.float32) + 0.5
    centre = generator.uniform(12, 20, (2, count, 1, 1))
    radius = generator.uniform(8, 11, (count, 1, 1))
    return (grid - centre[0]) / radius, (grid[:, None] - centre[1]) / radius


def _mask(
    x: Floats, y: Floats, form: NDArray[np.int_], fill: NDArray[np.int_]
) -> NDArray[np.bool_]:
    distance = np.hypot(x, y)
    forms = np.stack(
        [
            distance < 1,
            np.maximum(abs(x), abs(y)) < 0.85,
            abs(x) + abs(y) < 1.1,
            (distance < 1) & (distance > 0.55),
            (np.minimum(abs(x), abs(y)) < 0.3) & (np.maximum(abs(x), abs(y)) < 1),
        ]
    )
    chosen: NDArray[np.bool_] = forms[form, np.arange(len(form))]
    stripes = np.sin(14 * y) > 0
    drawn: NDArray[np.bool_] = chosen & (stripes | (fill == 0)[:, None, None])
    return drawn


def _colours(count: int, generator: np.random.Generator) -> tuple[Floats, Floats]:
    """Ink and paper, `(N, 3, 1, 1)`: any two colours far enough apart in brightness."""
    dark = generator.uniform(0, 100, (count, 3, 1, 1))
    light = generator.uniform(150, 255, (count, 3, 1, 1))
    swap = generator.random((count, 1, 1, 1)) < 0.5
    return np.where(swap, dark, light), np.where(swap, light, dark)
