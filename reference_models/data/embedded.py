"""Data that needs no network and no files: scikit-learn's bundled handwritten digits."""

from functools import partial
from importlib.metadata import version

import numpy as np
import torch
from torch.nn.functional import interpolate

from reference_models.data.cache import cached_splits
from reference_models.data.datasets import Dataset, Split

_TEST_SAMPLES = 500
_SPLIT_SEED = 0
_BRIGHTEST = 16.0
"""The bundled digits count ink in 4x4 blocks of a bitmap: 0..16."""


def digits(name: str, side: int) -> Dataset:
    """1,297 train and 500 test digits, 8x8 resized bilinearly to `(1, side, side)`, uint8 0..255.

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits (UCI, 1998), as
    scikit-learn ships it. The split is stratified and fixed.
    """
    key = f"sklearn-digits-{side}-{_SPLIT_SEED}-{_TEST_SAMPLES}"
    bundle = f"{key}-scikit-learn-{version('scikit-learn')}"
    _, train, test = cached_splits(bundle, (), partial(_split, side))
    return Dataset(
        name=name,
        source="embedded",
        title=f"scikit-learn digits, resized to {side}x{side}",
        classes=tuple(str(digit) for digit in range(10)),
        key=key,
        train=train,
        test=test,
    )


def _split(side: int) -> tuple[Split, Split]:
    """Make what the cache keeps; a change here belongs into the key or the cache's layout."""
    from sklearn.datasets import load_digits  # a second and more, hence the cache
    from sklearn.model_selection import train_test_split

    bundle = load_digits()
    images = torch.from_numpy(np.asarray(bundle.images, dtype=np.float32))[:, None]
    labels = torch.from_numpy(np.asarray(bundle.target, dtype=np.int64))
    resized = interpolate(images, size=(side, side), mode="bilinear", align_corners=False)
    pixels = resized.mul_(255.0 / _BRIGHTEST).round_().clamp_(0, 255).to(torch.uint8)
    train, test = train_test_split(
        np.arange(len(labels)),
        test_size=_TEST_SAMPLES,
        stratify=bundle.target,
        random_state=_SPLIT_SEED,
    )
    return Split(pixels[train], labels[train]), Split(pixels[test], labels[test])
