from dataclasses import replace
from pathlib import Path

import pytest
import torch

from reference_models.data import Dataset, Split, Stratified, load_dataset
from reference_models.errors import DataError

# Digits 0 to 9 as MNIST has them, as the report prints its train part, and what is kept back.
_MNIST = (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)
_TRAIN = [4936, 5619, 4965, 5110, 4869, 4514, 4932, 5221, 4876, 4958]
_BACK = [987, 1123, 993, 1021, 973, 907, 986, 1044, 975, 991]


@pytest.fixture
def like_mnist() -> Dataset:
    """As many images of every digit as MNIST has, each image telling its own position."""
    order = torch.randperm(60_000, generator=torch.Generator().manual_seed(1))
    labels = torch.arange(10).repeat_interleave(torch.tensor(_MNIST))[order]
    position = torch.arange(60_000)
    pixels = torch.stack((position // 256, position % 256), -1).to(torch.uint8)
    train = Split(pixels.view(-1, 1, 1, 2), labels)
    return Dataset("mnist", "real", "MNIST", tuple("0123456789"), "k", train, train.head(10))


def _positions(split: Split) -> list[int]:
    high, low = split.inputs.flatten(1).long().unbind(1)
    return (256 * high + low).tolist()


def test_the_digits_are_split_in_the_numbers_that_the_report_prints(like_mnist: Dataset) -> None:
    seen = Stratified(validates=True).of(like_mnist)
    assert seen.validation is not None
    assert seen.train.labels.bincount().tolist() == _TRAIN
    assert seen.validation.labels.bincount().tolist() == _BACK
    together = _positions(seen.train) + _positions(seen.validation)
    assert sorted(together) == list(range(60_000))
    assert seen.test is like_mnist.test


@pytest.mark.parametrize("samples", [20_000, 5_000, 500])
def test_a_smaller_train_split_is_balanced_and_part_of_the_larger(
    samples: int, like_mnist: Dataset
) -> None:
    whole, part = Stratified().of(like_mnist), Stratified(samples).of(like_mnist)
    assert part.train.labels.bincount().tolist() == [samples // 10] * 10
    assert set(_positions(part.train)) < set(_positions(whole.train))
    assert part.validation is None
    assert part.key != whole.key
    labels = like_mnist.train.labels[_positions(part.train)]
    assert torch.equal(labels, part.train.labels)


def test_what_is_drawn_is_the_same_every_time_and_no_class_comes_in_a_block(
    like_mnist: Dataset,
) -> None:
    first, again = (Stratified(500).of(like_mnist).train for _ in range(2))
    assert torch.equal(first.inputs, again.inputs)
    assert len(first.labels[:50].unique()) == 10


def test_too_few_images_are_named(like_mnist: Dataset) -> None:
    with pytest.raises(DataError, match="MNIST has 4514 images of class 5 to train on, but 50000"):
        Stratified(50_000).of(like_mnist)


def test_embedded_data_gives_what_it_has(like_mnist: Dataset) -> None:
    embedded = replace(like_mnist, source="embedded")
    seen = Stratified(50_000).of(embedded).train
    assert seen.labels.bincount().tolist() == [min(5000, count) for count in _TRAIN]


@pytest.mark.realdata
def test_mnist_itself_is_split_like_that(real_root: Path) -> None:
    data = Stratified().of(load_dataset("mnist", "real", real_root))
    assert data.train.labels.bincount().tolist() == _TRAIN
