from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.errors import MeasurementError
from benchmarks.measure import Ratio, compare, interleave

SECONDS = st.lists(st.tuples(st.floats(1e-6, 1e3), st.floats(1e-6, 1e3)), min_size=6, max_size=15)


class Bench:
    """Two things to time on a clock that only they move."""

    def __init__(self, a_seconds: list[float], b_seconds: list[float]) -> None:
        self.now = 0.0
        self.calls = ""
        self.a = self._worker("A", [0.0, *a_seconds])
        self.b = self._worker("B", [0.0, *b_seconds])

    def _worker(self, name: str, seconds: list[float]) -> Callable[[], None]:
        remaining = iter(seconds)

        def work() -> None:
            self.calls += name
            self.now += next(remaining)

        return work

    def compare(self, rounds: int, seed: int = 0) -> Ratio:
        return interleave(self.a, self.b, rounds, seed=seed, clock=lambda: self.now)


def test_the_two_take_turns_going_first_after_one_untimed_call_each() -> None:
    bench = Bench([1.0] * 6, [1.0] * 6)
    bench.compare(rounds=6)
    assert bench.calls == "AB" + "ABBAABBAABBA"


def test_twice_the_time_is_a_ratio_of_two_for_sure() -> None:
    ratio = Bench([2.0] * 7, [1.0] * 7).compare(rounds=7)
    assert (ratio.low, ratio.median, ratio.high) == (2.0, 2.0, 2.0)
    assert ratio.rounds == 7


@given(SECONDS)
def test_the_interval_holds_the_median_and_stays_among_the_rounds(
    pairs: list[tuple[float, float]],
) -> None:
    a_seconds, b_seconds = ([pair[side] for pair in pairs] for side in (0, 1))
    ratio = Bench(a_seconds, b_seconds).compare(rounds=len(pairs))
    ratios = [a / b for a, b in zip(ratio.a_seconds, ratio.b_seconds, strict=True)]
    assert min(ratios) <= ratio.low <= ratio.median <= ratio.high <= max(ratios)


@given(st.lists(st.floats(1e-3, 10.0), min_size=6, max_size=15))
def test_a_thing_compared_with_itself_is_as_fast_as_itself(seconds: list[float]) -> None:
    ratio = Bench(seconds, seconds).compare(rounds=len(seconds))
    assert ratio.low <= 1 + 1e-6
    assert ratio.high >= 1 - 1e-6


def test_a_machine_that_slows_down_halfway_changes_nothing() -> None:
    steady, slowed = [1.0] * 10, [1.0] * 5 + [9.0] * 5
    quiet = Bench([1.5 * each for each in steady], steady).compare(rounds=10)
    noisy = Bench([1.5 * each for each in slowed], slowed).compare(rounds=10)
    assert noisy.median == pytest.approx(quiet.median)
    assert noisy.high == pytest.approx(quiet.high)


def test_one_outlier_does_not_move_the_median() -> None:
    ratio = Bench([1.0] * 9 + [100.0], [1.0] * 10).compare(rounds=10)
    assert ratio.median == 1.0
    assert ratio.high == pytest.approx(1.0)


def test_the_same_seed_draws_the_same_interval() -> None:
    seconds = [1.0, 1.3, 0.8, 1.9, 1.1, 0.7, 1.2]
    draw = [Bench(seconds, [1.0] * 7).compare(rounds=7, seed=3) for _ in range(2)]
    assert draw[0] == draw[1]


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    noise = np.random.default_rng(1)
    held = 0
    for seed in range(100):
        a_seconds = (1.3 * noise.lognormal(sigma=0.1, size=10)).tolist()
        b_seconds = noise.lognormal(sigma=0.1, size=10).tolist()
        ratio = Bench(a_seconds, b_seconds).compare(rounds=10, seed=seed)
        held += ratio.low <= 1.3 <= ratio.high
    assert 88 <= held < 100


def test_too_few_rounds_are_refused() -> None:
    with pytest.raises(MeasurementError, match="at least 6 rounds, not 5"):
        interleave(int, int, rounds=5)


def test_work_shorter_than_a_tick_is_refused() -> None:
    with pytest.raises(MeasurementError, match="clock did not move"):
        interleave(int, int, rounds=6, clock=lambda: 1.0)


def test_real_functions_on_the_real_clock_give_a_positive_interval() -> None:
    ratio = interleave(lambda: sum(range(4_000)), lambda: sum(range(1_000)), rounds=8)
    assert 0 < ratio.low <= ratio.median <= ratio.high


def test_times_that_were_taken_elsewhere_compare_alike() -> None:
    a_seconds, b_seconds = [2.0, 4.0, 8.0, 4.0, 2.0, 2.0], [1.0, 2.0] * 3
    assert compare(a_seconds, b_seconds) == Bench(a_seconds, b_seconds).compare(rounds=6)
    with pytest.raises(MeasurementError, match="at least 6 rounds, not 5"):
        compare(a_seconds[:5], b_seconds[:5])
