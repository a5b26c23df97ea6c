import pytest
import torch

from reference_models.data import Split
from reference_models.errors import DataError


def test_a_split_refuses_images_that_are_not_stored_pixels() -> None:
    with pytest.raises(DataError, match=r"images must be uint8 .* not torch.float32"):
        Split(torch.zeros(2, 1, 4, 4), torch.zeros(2, dtype=torch.int64))


def test_a_split_refuses_labels_that_do_not_pair_with_its_images() -> None:
    with pytest.raises(DataError, match="2 samples need as many int64 labels"):
        Split(torch.zeros(2, 1, 4, 4, dtype=torch.uint8), torch.zeros(3, dtype=torch.int64))


def test_the_head_of_a_split_keeps_pairs_together() -> None:
    images = torch.arange(5, dtype=torch.uint8).view(5, 1, 1, 1)
    head = Split(images, torch.arange(5)).head(3)
    assert head.inputs.flatten().tolist() == head.labels.tolist() == [0, 1, 2]


def test_moving_a_split_keeps_its_values() -> None:
    split = Split(torch.ones(2, 1, 1, 1, dtype=torch.uint8), torch.tensor([0, 1]))
    moved = split.to("cpu")
    assert torch.equal(moved.inputs, split.inputs)
    assert len(moved) == 2
