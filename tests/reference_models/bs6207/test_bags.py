from collections import Counter
from itertools import combinations
from math import comb

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from reference_models.bs6207.bags import Bags, _distinct
from reference_models.errors import DataError

_COUNTS = [(1, 4), (2, 4)]


def _labels(each: int, classes: int = 10, seed: int = 0) -> Tensor:
    order = torch.randperm(each * classes, generator=torch.Generator().manual_seed(seed))
    return torch.arange(classes).repeat_interleave(each)[order]


def _bags(task: Bags, labels: Tensor, examples: int, seed: int = 0) -> Tensor:
    order = task.order(labels, examples, torch.Generator().manual_seed(seed))
    assert order.shape == (examples * task.bag,)
    return order.view(examples, task.bag)


@given(
    counts=st.sampled_from(_COUNTS),
    bag=st.integers(4, 33),
    examples=st.integers(1, 40),
    spare=st.integers(0, 9),
    seed=st.integers(0, 1000),
)
@settings(max_examples=60)
def test_a_bag_is_distinct_images_shared_evenly_among_as_many_digits_as_asked(
    counts: tuple[int, int], bag: int, examples: int, spare: int, seed: int
) -> None:
    low, high = counts
    task = Bags(low, high, bag=bag)
    labels = _labels(-(-bag // low) + spare)
    for number, positions in enumerate(_bags(task, labels, examples, seed)):
        unique = low + number % task.counts
        assert len(set(positions.tolist())) == bag
        shares = Counter(labels[positions].tolist())
        assert len(shares) == unique
        in_order = [shares[digit] for digit in sorted(shares)]
        left = bag % unique
        assert in_order == [bag // unique + 1] * left + [bag // unique] * (unique - left)


@pytest.mark.parametrize(("low", "batch", "each"), [(1, 20, 5), (2, 18, 6)])
def test_every_batch_of_the_authors_asks_each_count_equally_often(
    low: int, batch: int, each: int
) -> None:
    task, labels = Bags(low=low), _labels(40)
    assert task.batch_size == batch * 32
    order = task.order(labels, 3 * batch, torch.Generator().manual_seed(0))
    for positions in order.split(task.batch_size):
        _, (count, _) = task.example(
            torch.zeros(len(positions), 1, 1, 1), labels[positions], training=True
        )
        assert count.bincount().tolist() == [each] * task.counts


@pytest.mark.parametrize("unique", [1, 2, 3, 4])
def test_every_subset_of_digits_comes_once_before_any_comes_again(unique: int) -> None:
    task, labels = Bags(unique, unique, bag=8), _labels(8)
    every = comb(10, unique)
    subsets = [tuple(sorted(set(labels[p].tolist()))) for p in _bags(task, labels, 2 * every)]
    expected = set(combinations(range(10), unique))
    assert set(subsets[:every]) == set(subsets[every:]) == expected
    assert subsets[:every] != subsets[every:]  # shuffled anew


def test_the_seed_alone_decides() -> None:
    task, labels = Bags(), _labels(40)
    assert torch.equal(_bags(task, labels, 8, seed=3), _bags(task, labels, 8, seed=3))
    assert not torch.equal(_bags(task, labels, 8, seed=3), _bags(task, labels, 8, seed=4))


@pytest.mark.parametrize(("low", "batch", "protocol"), [(1, 40, 20_160), (2, 39, 15_093)])
def test_the_test_asks_the_same_bags_every_time_in_the_order_of_the_dictionary(
    low: int, batch: int, protocol: int
) -> None:
    task, labels = Bags(low=low, test_batches=2), _labels(33)
    order = task.test_order(labels)
    torch.manual_seed(1)
    assert torch.equal(task.test_order(labels), order)
    bags = order.view(-1, 32)
    assert len(bags) == 2 * batch
    for turn, unique in enumerate(range(low, 5)):
        mine = bags[turn :: task.counts]
        subsets = [tuple(sorted(set(labels[p].tolist()))) for p in mine]
        every = list(combinations(range(10), unique))
        assert subsets == [every[i % len(every)] for i in range(len(mine))]
    assert len(task.by_protocol.test_order(labels)) == protocol * 32


@given(st.integers(1, 6), st.integers(0, 3), st.integers(0, 1000))
@settings(max_examples=40)
def test_a_draw_is_distinct_and_below_its_population(wanted: int, spare: int, seed: int) -> None:
    rows = torch.full((50,), wanted + spare)
    drawn = _distinct(rows, torch.tensor(wanted), torch.Generator().manual_seed(seed))
    assert int(drawn.min()) >= 0
    assert int(drawn.max()) < wanted + spare
    assert all(len(set(row)) == wanted for row in drawn.tolist())


def test_every_set_of_images_is_equally_likely() -> None:
    drawn = _distinct(
        torch.full((20_000,), 5), torch.tensor(2), torch.Generator().manual_seed(0)
    ).tolist()
    found = Counter(tuple(sorted(row)) for row in drawn)
    assert set(found) == set(combinations(range(5), 2))
    # 2,000 are expected of each of the ten; one deviation is 42
    assert max(abs(count - 2000) for count in found.values()) < 5 * 42


@pytest.mark.parametrize(
    ("low", "each", "needed"), [(1, 31, 32), (2, 15, 16), (3, 10, 11), (4, 7, 8)]
)
def test_too_few_images_for_a_bag_end_in_one_sentence(low: int, each: int, needed: int) -> None:
    with pytest.raises(DataError) as raised:
        Bags(low, 4).order(_labels(each), 4, torch.Generator())
    sentence = str(raised.value)
    assert f"digit 0 has {each} images, but a bag of 32 with {low} unique" in sentence
    assert f"needs {needed} of it; take more images" in sentence
    assert "\n" not in sentence
    assert len(_bags(Bags(low, 4), _labels(needed), 4)) == 4


def test_the_reports_500_images_make_bags_but_their_validation_part_does_not() -> None:
    task = Bags()
    assert len(_bags(task, _labels(50), 20)) == 20
    with pytest.raises(
        DataError, match="digit 0 has 8 images, but a bag of 32 with 1 unique digit"
    ):
        task.test_order(_labels(8))


def test_too_few_digits_are_named() -> None:
    with pytest.raises(DataError, match="a bag of 4 unique classes cannot be made of 3"):
        Bags().order(_labels(40, classes=3), 4, torch.Generator())


def test_an_example_is_a_bag_and_the_number_of_its_count() -> None:
    task = Bags(low=2, bag=4)
    labels = torch.tensor([[7, 7, 1, 1], [3, 1, 2, 9], [5, 0, 0, 9]])
    images = torch.rand(12, 1, 2, 2)
    bags, (count, again) = task.example(images, labels.flatten(), training=True)
    assert bags.shape == (3, 4, 1, 2, 2)
    assert torch.equal(bags.flatten(0, 1), images)
    assert torch.equal(again, bags)
    assert count.tolist() == [0, 2, 1]


@pytest.mark.parametrize("alpha", [0.5, 0.9])
def test_the_loss_weighs_counting_and_drawing(alpha: float) -> None:
    task = Bags(bag=2, alpha=alpha)
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(3, 4, generator=generator)
    bags, images = torch.randn(2, 3, 2, 1, 4, 4, generator=generator)
    count = torch.tensor([0, 3, 1])
    z = logits.double().numpy()
    entropy = np.mean(np.log(np.exp(z).sum(1)) - z[np.arange(3), count.numpy()])
    error = np.mean((images.double().numpy() - bags.double().numpy()) ** 2)
    loss = float(task.loss((logits, images), (count, bags)))
    assert loss == pytest.approx(alpha * entropy + (1 - alpha) * error, rel=1e-5)
    counting = float(Bags(bag=2).loss(logits, (count, bags)))
    assert counting == pytest.approx(entropy, rel=1e-5)


def test_an_answer_is_the_largest_logit_with_or_without_a_drawing() -> None:
    logits, target = torch.eye(4)[[0, 2, 2]], (torch.tensor([0, 2, 1]), torch.zeros(3))
    assert int(Bags().right(logits, target)) == 2
    assert int(Bags().right((logits, torch.zeros(3)), target)) == 2
    assert torch.equal(Bags().answers((logits, torch.zeros(3))), logits)


@pytest.mark.parametrize(("low", "chance"), [(1, 0.25), (2, 1 / 3)])
def test_chance_is_one_count_in_as_many(low: int, chance: float) -> None:
    assert Bags(low=low).chance(_labels(1)) == chance
