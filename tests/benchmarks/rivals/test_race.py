from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import nan
from typing import Any

import pytest
import torch
from torch import nn

from benchmarks.errors import MeasurementError
from benchmarks.measure import Stopwatch, reach
from benchmarks.rivals import race as module
from benchmarks.rivals.loop import Scored
from benchmarks.rivals.race import Race, race
from benchmarks.rivals.tidy_loop import train_tidily
from benchmarks.trial import Trial
from reference_models.data import Dataset
from reference_models.errors import TrainingError
from reference_models.training import History, Recipe, Reconstruction, fit


@contextmanager
def scoring(*scores: float) -> Iterator[Any]:
    """A rival that ends so, and takes a hundred seconds by a clock that stands still otherwise."""
    clock = [0.0]

    def rival(model: nn.Module, data: Dataset, recipe: Recipe, seed: int) -> Scored:
        torch.rand(1)
        clock[0] += 100.0
        return scores

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stopwatch.__init__, "__defaults__", ("cpu", lambda: clock[0]))
        yield rival


def test_whoever_is_as_good_with_every_seed_wins(toy_trial: Trial) -> None:
    found = race(toy_trial, train_tidily, toy_trial.recipe, runs=5)
    assert found.target == 1.0
    assert (found.ours.runs, found.ours.reached) == (5, 5)
    assert found.is_won
    value, low, high = found.times_as_fast()
    assert 0 < low <= value <= high


def test_a_recipe_that_teaches_nothing_loses(toy_trial: Trial) -> None:
    standstill = replace(toy_trial.recipe, epochs=1, steps=1, learning_rate=1e-9)
    found = race(toy_trial, train_tidily, standstill, runs=5)
    assert not found.is_won
    with pytest.raises(MeasurementError, match=rf"{found.ours.reached} of 5 runs came to 1\.0000"):
        found.times_as_fast()


def test_a_training_that_breaks_off_is_a_failure(
    toy_trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fragile(model: nn.Module, data: Dataset, recipe: Recipe, *, seed: int) -> History:
        if seed == toy_trial.seed + 2:
            raise TrainingError("the loss is not a number")
        return fit(model, data, recipe, seed=seed)

    monkeypatch.setattr(module, "fit", fragile)
    found = race(toy_trial, train_tidily, toy_trial.recipe, runs=5)
    assert (found.ours.reached, found.is_won) == (4, True)


def test_theirs_runs_in_the_middle_with_its_seed_and_ours_with_those_after_it(
    toy_trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ours(model: nn.Module, data: Dataset, recipe: Recipe, *, seed: int) -> History:
        told.append(("ours", seed, data.validation))
        return fit(model, data, recipe, seed=seed)

    def theirs(model: nn.Module, data: Dataset, recipe: Recipe, seed: int) -> Scored:
        told.append(("theirs", seed, data.validation))
        return train_tidily(model, data, recipe, seed)

    told: list[tuple[object, ...]] = []
    monkeypatch.setattr(module, "fit", ours)
    trial = replace(toy_trial, seed=7, data=replace(toy_trial.data, validation=toy_trial.data.test))
    race(trial, theirs, trial.recipe, runs=5)
    kinds = ["theirs", "ours", "ours", "theirs", "ours", "ours", "ours"]  # the first: one step
    assert told == [(*each, None) for each in zip(kinds, [7, 8, 9, 7, 10, 11, 12], strict=True)]


@pytest.mark.parametrize(
    ("scores", "seconds"),
    [
        ((0.2, 0.5, 0.4, 0.5), 50.0),
        ((0.2, 0.3, 0.4, 0.5), 100.0),
        ((nan, 0.6, nan, 0.5), 50.0),
    ],
)
def test_theirs_may_stop_where_they_were_as_good_as_in_the_end(
    scores: Scored, seconds: float, toy_trial: Trial
) -> None:
    with scoring(*scores) as rival:
        found = race(toy_trial, rival, toy_trial.recipe, runs=5)
    assert (found.target, found.their_seconds) == (0.5, seconds)


def test_a_rival_that_ends_in_no_number_sets_no_target(toy_trial: Trial) -> None:
    with scoring(0.5, nan) as rival, pytest.raises(MeasurementError, match="toy/linear in no num"):
        race(toy_trial, rival, toy_trial.recipe, runs=5)


def test_what_is_neither_right_nor_wrong_races_to_a_loss(toy_trial: Trial) -> None:
    recipe = replace(toy_trial.recipe, task=Reconstruction(), epochs=1, steps=1)
    card = replace(
        toy_trial.card,
        module=lambda: nn.Sequential(nn.Flatten(), nn.Linear(4, 4), nn.Unflatten(1, (1, 2, 2))),
        recipes={"quick": recipe},
    )
    trial = replace(toy_trial, card=card)
    found = race(trial, train_tidily, replace(recipe, epochs=3, steps=9), runs=5)
    assert found.target < 0
    assert found.ours.reached == 5


def test_the_callers_random_state_is_left_alone(toy_trial: Trial) -> None:
    before = torch.get_rng_state()
    with scoring(0.5) as rival:
        race(toy_trial, rival, toy_trial.recipe, runs=5)
    assert torch.equal(before, torch.get_rng_state())


def test_one_seed_of_five_may_fail() -> None:
    assert Race(0.9, 10.0, reach(0.9, [1.0, 2.0, 4.0, 3.0, None])).is_won
    assert not Race(0.9, 10.0, reach(0.9, [1.0, 2.0, 4.0, None, None])).is_won


def test_how_much_faster_spans_what_is_left_when_both_ends_are_dropped() -> None:
    found = Race(0.9, 12.0, reach(0.9, [1.0, 2.0, 4.0, 3.0, None]))
    assert found.times_as_fast() == (4.0, 3.0, 6.0)
