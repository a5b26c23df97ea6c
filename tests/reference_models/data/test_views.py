from dataclasses import replace

import pytest
import torch

from reference_models.data import WHOLE, Dataset, Split, View
from reference_models.errors import DataError


def _data(labels: torch.Tensor, source: str = "real") -> Dataset:
    """Points that carry their own position, so that one sees which were taken."""
    positions = torch.arange(len(labels), dtype=torch.float32)[:, None]
    test = Split(torch.zeros(1, 1), torch.zeros(1, dtype=torch.int64))
    return Dataset("toy", source, "toy", ("a", "b"), "toy-1", Split(positions, labels), test)  # type: ignore[arg-type]


def _mixed(count: int) -> torch.Tensor:
    return torch.arange(count) % 2


def _sorted(count: int) -> torch.Tensor:
    return (torch.arange(count) * 2) // count


def _positions(split: Split | None) -> list[int]:
    return [] if split is None else split.inputs[:, 0].int().tolist()


@pytest.mark.parametrize(
    ("n", "fitted", "validated"),
    [
        (5_000, 4_499, 500),
        (10_000, 8_999, 1_000),
        (20_000, 17_999, 2_000),
        (40_000, 35_999, 4_000),
        (50_000, 44_999, 5_000),
    ],
)
def test_the_first_n_split_as_keras_splits_them(n: int, fitted: int, validated: int) -> None:
    seen = View(start=1, stop=n, validation=0.1).of(_data(_mixed(50_000)))
    assert seen.validation is not None
    assert (len(seen.train), len(seen.validation)) == (fitted, validated)
    # the slice drops image 0, and the last tenth is kept back unshuffled
    assert _positions(seen.train) == list(range(1, fitted + 1))
    assert _positions(seen.validation) == list(range(fitted + 1, n))


def test_files_sorted_by_class_are_seen_in_a_fixed_random_order() -> None:
    data = _data(_sorted(1_000))
    view = View(start=1, stop=200, validation=0.1)
    first, again = view.of(data), view.of(data)
    chosen = _positions(first.train) + _positions(first.validation)
    assert chosen == _positions(again.train) + _positions(again.validation)
    assert len(set(chosen)) == 199
    share = first.train.labels.float().mean().item()
    assert 0.4 < share < 0.6  # the first 200 of the files are all of one class


def test_a_larger_n_contains_a_smaller_one() -> None:
    data = _data(_sorted(1_000))
    small, large = (set(_positions(View(1, n).of(data).train)) for n in (100, 500))
    assert small < large


def test_labels_follow_their_samples() -> None:
    data = _data(_sorted(100))
    seen = View(validation=0.2).of(data)
    for split in (seen.train, seen.validation):
        assert split is not None
        assert split.labels.tolist() == data.train.labels[_positions(split)].tolist()


def test_of_embedded_data_all_is_used() -> None:
    seen = View(start=1, stop=10, validation=0.1).of(_data(_mixed(200), "embedded"))
    assert seen.validation is not None
    assert (len(seen.train), len(seen.validation)) == (180, 20)


def test_without_validation_nothing_is_kept_back() -> None:
    seen = View(stop=50).of(_data(_mixed(200)))
    assert (len(seen.train), seen.validation) == (50, None)


def test_two_views_of_the_same_data_are_told_apart() -> None:
    data = _data(_mixed(200))
    views = (WHOLE, View(1, 100), View(1, 150), View(1, 100, 0.1))
    assert len({view.of(data).key for view in views}) == len(views)


def test_the_whole_is_the_data_itself() -> None:
    data = _data(_mixed(10))
    assert WHOLE.of(data) is data


def test_the_test_split_is_left_alone() -> None:
    data = _data(_mixed(200))
    assert View(1, 100, 0.1).of(data).test is data.test


def test_a_view_of_nothing_is_refused() -> None:
    data = replace(_data(_mixed(10)), title="ten points")
    with pytest.raises(DataError, match=r"ten points has 10 training samples; .* 20\.\.30"):
        View(20, 30).of(data)
