import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.errors import MeasurementError
from benchmarks.measure import reach, seconds_to
from reference_models.training import Epoch, History


def history(*accuracies: float | None) -> History:
    """Epochs of two seconds that came to these test accuracies."""
    return History(
        tuple(
            Epoch(number, 0.1, None, 2.0, test_accuracy=value)
            for number, value in enumerate(accuracies, start=1)
        )
    )


@pytest.mark.parametrize(
    ("target", "seconds"), [(0.5, 2.0), (0.7, 4.0), (0.8, 4.0), (0.9, None), (0.0, 2.0)]
)
def test_the_first_epoch_that_is_good_enough_counts(target: float, seconds: float | None) -> None:
    assert seconds_to(target, history(0.5, 0.8, 0.7)) == seconds


def test_who_is_never_evaluated_never_gets_there() -> None:
    assert seconds_to(0.5, history(None, None)) is None
    assert seconds_to(0.5, History()) is None


def test_both_ends_are_dropped() -> None:
    found = reach(0.9, [1.0, 5.0, 4.0, 3.0, 100.0])
    assert (found.seconds, found.low, found.high) == (4.0, 3.0, 5.0)
    assert (found.target, found.runs, found.reached) == (0.9, 5, 5)


def test_a_failure_is_endlessly_slow() -> None:
    found = reach(0.9, [1.0, 2.0, 3.0, 4.0, None])
    assert (found.seconds, found.low, found.high, found.reached) == (3.0, 2.0, 4.0, 4)
    found = reach(0.9, [1.0, 2.0, None, 4.0, None])
    assert (found.seconds, found.low, found.high, found.reached) == (4.0, 2.0, None, 3)
    assert reach(0.9, [None] * 5).seconds is None


def test_too_few_runs_are_refused() -> None:
    with pytest.raises(MeasurementError, match="at least 5 runs"):
        reach(0.9, [1.0] * 4)


@given(st.lists(st.none() | st.floats(0.1, 1e6), min_size=5, max_size=20))
def test_a_failure_more_never_makes_it_faster(seconds: list[float | None]) -> None:
    before, after = reach(0.9, seconds), reach(0.9, [None, *seconds[1:]])
    if after.seconds is not None:
        assert before.seconds is not None
        assert after.seconds >= before.seconds
