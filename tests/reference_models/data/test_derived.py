from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor

from reference_models.data import Dataset, Split, load_dataset
from reference_models.data.derived import grey


def _colours(train: Split, test: Split) -> Dataset:
    return Dataset("cifar10", "real", "colours", ("a", "b", "c"), "colours-1", train, test)


def _flat(count: int, seed: int) -> Split:
    """Images of one grey each, so that one pixel tells which image it is."""
    generator = np.random.default_rng(seed)
    values = torch.from_numpy(generator.integers(0, 256, count).astype(np.uint8))
    labels = torch.from_numpy(generator.integers(0, 3, count))
    return Split(values.view(-1, 1, 1, 1).expand(count, 3, 32, 32), labels)


def _first(split: Split, most: int) -> tuple[list[int], list[int]]:
    """The greys and labels of the first `most` images of every class, in their order."""
    seen = {0: 0, 1: 0, 2: 0}
    greys, labels = [], []
    for value, label in zip(split.inputs[:, 0, 0, 0].tolist(), split.labels.tolist(), strict=True):
        seen[label] += 1
        if seen[label] <= most:
            greys.append(value)
            labels.append(label)
    return greys, labels


def test_the_first_1000_and_100_of_each_class_are_kept_in_their_order() -> None:
    data = _colours(_flat(3500, 0), _flat(400, 1))
    small = grey("cifar10-grey", data)
    for split, own, most in ((small.train, data.train, 1000), (small.test, data.test, 100)):
        greys, labels = _first(own, most)
        assert split.labels.tolist() == labels
        assert split.inputs[:, 0, 0, 0].tolist() == greys
        assert split.inputs.flatten(1).amin(1).tolist() == split.inputs.flatten(1).amax(1).tolist()
    assert small.train.labels.bincount().tolist() == [1000, 1000, 1000]
    assert small.test.labels.bincount().tolist() == [100, 100, 100]


def test_images_are_28x28_in_one_channel_of_bytes() -> None:
    small = load_dataset("cifar10-grey")
    for split in (small.train, small.test):
        assert split.inputs.shape[1:] == (1, 28, 28)
        assert split.inputs.dtype == torch.uint8


def test_of_a_smaller_set_every_image_is_kept() -> None:
    small, colour = load_dataset("cifar10-grey"), load_dataset("cifar10")
    assert torch.equal(small.train.labels, colour.train.labels)
    assert len(small.test.labels.bincount()) == 10
    assert int(small.test.labels.bincount().max()) <= 100


def test_a_derived_set_is_told_from_its_source() -> None:
    small, colour = load_dataset("cifar10-grey"), load_dataset("cifar10")
    assert small.name == "cifar10-grey"
    assert small.key != colour.key
    assert colour.title in small.title
    assert small.source == colour.source


def _by_pil(image: Tensor) -> np.ndarray:
    picture = Image.fromarray(image.permute(1, 2, 0).numpy())
    return np.asarray(picture.convert("L").resize((28, 28), Image.Resampling.BILINEAR))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), smooth=st.booleans())
def test_grey_and_size_are_pils_within_one_level(seed: int, smooth: bool) -> None:
    generator = np.random.default_rng(seed)
    pixels = generator.integers(0, 256, (4, 3, 32, 32))
    if smooth:
        pixels = (pixels + np.roll(pixels, 1, 2) + np.roll(pixels, 1, 3)) // 3
    split = Split(torch.from_numpy(pixels.astype(np.uint8)), torch.arange(4) % 3)
    data = replace(_colours(split, split), classes=("a", "b", "c"))
    found = grey("cifar10-grey", data).train.inputs[:, 0].numpy().astype(int)
    expected = np.stack([_by_pil(image) for image in split.inputs]).astype(int)
    assert abs(found - expected).max() <= 1


@pytest.mark.parametrize("source", ["embedded"])
def test_it_is_the_same_every_time(source: str) -> None:
    first, second = load_dataset("cifar10-grey"), load_dataset("cifar10-grey")
    assert first.key == second.key
    assert torch.equal(first.train.inputs, second.train.inputs)
