from types import SimpleNamespace
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


def test_every_round_trains_a_fresh_model_to_the_same_end(toy_trial: Trial) -> None:
    ends: list[torch.Tensor] = []

    def pedantic(target: Any, **settings: Any) -> Any:
        def watched(model: torch.nn.Module) -> Any:
            trained = target(model)
            ends.append(trained.model.state_dict()["1.weight"])
            return trained

        return run_rounds(watched, **settings)

    training = time_training(SimpleNamespace(pedantic=pedantic), toy_trial, rounds=3)
    assert len({end.data_ptr() for end in ends}) == 3
    assert torch.equal(ends[0], ends[2])
    assert torch.equal(training.model.state_dict()["1.weight"], ends[2])


def test_the_median_round_is_quoted_beside_the_warm_up(
    toy_trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.measure.clock.Stopwatch.median", 0.5)
    training = time_training(SimpleNamespace(pedantic=run_rounds), toy_trial, rounds=1)
    assert training.seconds == 0.5
    assert training.warmup_seconds > 0
    assert training.flops_per_second == toy_trial.training_flops / 0.5
