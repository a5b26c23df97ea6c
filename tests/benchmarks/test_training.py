from typing import Any

import pytest
import torch

from benchmarks.training import time_training
from benchmarks.trial import Trial


def run_rounds(target: Any, setup: Any, rounds: int, iterations: int) -> Any:
    """What pytest-benchmark's pedantic mode does, less the timing."""
    assert iterations == 1
    for _ in range(rounds):
        arguments, keywords = setup()
        result = target(*arguments, **keywords)
    return result


def test_every_round_trains_a_fresh_model_to_the_same_end(
    toy_trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Trial, "expected_seconds", lambda _: 0.01)
    ends: list[torch.Tensor] = []

    def pedantic(target: Any, **settings: Any) -> Any:
        def watched(model: torch.nn.Module) -> Any:
            trained = target(model)
            ends.append(trained.model.state_dict()["1.weight"])
            return trained

        return run_rounds(watched, **settings)

    training = time_training(toy_trial, pedantic)
    assert len({end.data_ptr() for end in ends}) == 3
    assert torch.equal(ends[0], ends[2])
    assert torch.equal(training.model.state_dict()["1.weight"], ends[2])


def test_the_median_round_is_quoted_beside_the_warm_up(
    toy_trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.measure.clock.Stopwatch.median", 0.5)
    training = time_training(toy_trial)
    assert training.seconds == 0.5
    assert training.control.seconds > 0
    assert training.a_second == toy_trial.training_cost * 2


@pytest.mark.parametrize(("expected", "rounds"), [(0.01, 3), (0.2, 2), (0.4, 1), (60.0, 1)])
def test_a_short_training_is_repeated(
    toy_trial: Trial, monkeypatch: pytest.MonkeyPatch, expected: float, rounds: int
) -> None:
    asked: list[int] = []

    def pedantic(target: Any, setup: Any, rounds: int, iterations: int) -> Any:
        asked.append(rounds)
        return run_rounds(target, setup, rounds, iterations)

    monkeypatch.setattr(Trial, "expected_seconds", lambda _: expected)
    time_training(toy_trial, pedantic)
    assert asked == [rounds]
