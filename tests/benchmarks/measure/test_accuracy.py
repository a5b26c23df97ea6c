from math import inf, nan

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from benchmarks.errors import MeasurementError
from benchmarks.measure import score, wilson

COUNTS = st.integers(1, 100_000).flatmap(
    lambda total: st.tuples(st.integers(0, total), st.just(total))
)


@given(COUNTS)
def test_the_interval_lies_in_the_unit_range_and_holds_the_share(counts: tuple[int, int]) -> None:
    accuracy = wilson(*counts)
    assert 0 <= accuracy.low <= accuracy.value <= accuracy.high <= 1
    assert accuracy.low < accuracy.high


@given(COUNTS, st.floats(0.5, 0.9999))
def test_the_interval_is_scipys(counts: tuple[int, int], confidence: float) -> None:
    accuracy = wilson(*counts, confidence)
    expected = binomtest(*counts).proportion_ci(confidence, method="wilson")
    assert (accuracy.low, accuracy.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


@given(COUNTS)
def test_right_and_wrong_answers_mirror_each_other(counts: tuple[int, int]) -> None:
    correct, total = counts
    right, wrong = wilson(correct, total), wilson(total - correct, total)
    assert (right.low, right.high) == pytest.approx((1 - wrong.high, 1 - wrong.low), abs=1e-9)


def test_ten_thousand_images_leave_half_a_point_either_side_of_94_percent() -> None:
    accuracy = wilson(9_400, 10_000)
    assert (accuracy.low, accuracy.high) == pytest.approx((0.93517, 0.94449), abs=1e-5)


def test_more_confidence_means_a_wider_interval() -> None:
    assert wilson(50, 100, confidence=0.99).low < wilson(50, 100, confidence=0.9).low


@pytest.mark.parametrize(("correct", "total"), [(0, 0), (-1, 5), (6, 5)])
def test_impossible_counts_are_refused(correct: int, total: int) -> None:
    with pytest.raises(MeasurementError, match="is no accuracy"):
        wilson(correct, total)


def test_the_largest_logit_is_the_answer() -> None:
    logits = torch.tensor([[0.1, 0.9], [0.8, 0.2], [0.3, 0.4]])
    accuracy = score(logits, torch.tensor([1, 0, 0]))
    assert (accuracy.correct, accuracy.total) == (2, 3)


@pytest.mark.parametrize("poison", [nan, inf, -inf])
def test_a_row_that_is_not_finite_is_a_wrong_answer(poison: float) -> None:
    logits = torch.tensor([[poison, 0.0], [0.0, poison]])
    predicted = logits.argmax(dim=1)
    assert score(logits, predicted).correct == 0


@pytest.mark.parametrize("shape", [(3,), (2, 2), (3, 2, 1)])
def test_logits_that_do_not_answer_the_labels_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(MeasurementError, match="do not answer"):
        score(torch.zeros(shape), torch.zeros(3, dtype=torch.int64))
