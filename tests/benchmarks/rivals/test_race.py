from dataclasses import replace

import pytest
import torch
from torch import nn

from benchmarks.errors import MeasurementError
from benchmarks.measure import Stopwatch, reach
from benchmarks.rivals.loop import Scored
from benchmarks.rivals.race import Race, race
from benchmarks.rivals.tidy_loop import train_tidily
from benchmarks.trial import Trial
from reference_models.data import Dataset
from reference_models.training import Recipe


def test_whoever_is_as_good_with_every_seed_wins(toy_trial: Trial) -> None:
    before = torch.get_rng_state()
    found = race(toy_trial, train_tidily, toy_trial.recipe, runs=5)
    assert found.target == 1.0
    assert (found.ours.runs, found.ours.reached) == (5, 5)
    assert found.is_won
    value, low, high = found.speedup
    assert 0 < low <= value <= high
    assert torch.equal(before, torch.get_rng_state())


def test_a_recipe_that_teaches_nothing_loses(toy_trial: Trial) -> None:
    standstill = replace(toy_trial.recipe, epochs=1, steps=1, learning_rate=1e-9)
    found = race(toy_trial, train_tidily, standstill, runs=5)
    assert not found.is_won
    with pytest.raises(MeasurementError, match=rf"{found.ours.reached} of 5 runs came to 1\.0000"):
        _ = found.speedup


def test_theirs_may_stop_where_they_were_as_good_as_in_the_end(
    toy_trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rival(model: nn.Module, data: Dataset, recipe: Recipe, seed: int) -> Scored:
        clock.append(clock[-1] + 100.0)
        return (0.2, 0.5, 0.4, 0.5)

    clock = [0.0]
    monkeypatch.setattr(Stopwatch.__init__, "__defaults__", ("cpu", lambda: clock[-1]))
    found = race(toy_trial, rival, toy_trial.recipe, runs=5)
    assert (found.target, found.their_seconds) == (0.5, 50.0)


def test_one_seed_of_five_may_fail() -> None:
    assert Race(0.9, 10.0, reach(0.9, [1.0, 2.0, 4.0, 3.0, None])).is_won
    assert not Race(0.9, 10.0, reach(0.9, [1.0, 2.0, 4.0, None, None])).is_won


def test_the_speedup_spans_what_is_left_when_both_ends_are_dropped() -> None:
    found = Race(0.9, 12.0, reach(0.9, [1.0, 2.0, 4.0, 3.0, None]))
    assert found.speedup == (4.0, 3.0, 6.0)
