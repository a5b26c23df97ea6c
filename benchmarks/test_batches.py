"""How many examples a second the reference models answer, and learn from, by batch size.

Runs on request: `pytest benchmarks/ -m thorough`.
"""

from dataclasses import replace
from functools import partial
from statistics import median
from typing import Any

import pytest
from torch import nn

from benchmarks.device import cpu_and_cuda
from benchmarks.figures import Figures
from benchmarks.measure import Control, timed_pass
from benchmarks.workbench import Workbench
from reference_models import ModelCard
from reference_models.training import fit

_BATCHES = (1, 16, 128, 1024)
_ROUNDS = 6
_FEWEST = 16
"""Examples a pass, so that the smallest batches are not one call alone."""
_FEWEST_STEPS, _MOST_STEPS = 4, 200
_EPOCH_FLOPS = 2e9
_MOST_FLOPS = 20e9
"""What a round may cost: a second or less on two cores."""


@pytest.mark.thorough
@pytest.mark.parametrize("device", cpu_and_cuda())
@pytest.mark.parametrize("batch_size", _BATCHES)
def test_answering(
    benchmark: Any,
    reference_model: ModelCard,
    batch_size: int,
    device: str,
    workbench: Workbench,
    figures: Figures,
) -> None:
    """Timed: answering at least 16 examples in batches of that size, untrained."""
    trial = workbench.trial(reference_model, device)
    _insist_on_small(trial.forward_flops * batch_size)
    figures.describe(trial, metric="batch_samples_per_second")
    trial.warm_up()
    examples = trial.examples(max(batch_size, _FEWEST))
    answer = partial(trial.answer, trial.fresh_model(), batch_size=batch_size)
    one_pass = timed_pass(answer, examples)
    with Control(device).watching() as control:
        answers = benchmark.pedantic(one_pass, setup=control, rounds=_ROUNDS, iterations=1)
    speed = len(examples) / one_pass.median
    figures.record(samples_per_second=speed, batch_size=batch_size)
    figures.record(peak_memory_bytes=trial.answering_memory(examples[:batch_size]))
    figures.record_speed(trial, trial.answering_cost(batch_size) * speed, control, workbench)
    assert len(answers) == len(examples)


@pytest.mark.thorough
@pytest.mark.parametrize("device", cpu_and_cuda())
@pytest.mark.parametrize("batch_size", _BATCHES)
def test_learning(
    benchmark: Any,
    trained_model: ModelCard,
    batch_size: int,
    device: str,
    workbench: Workbench,
    figures: Figures,
) -> None:
    """Timed: two epochs of a few steps from a fresh model; the speed is that of the second."""
    trial = workbench.trial(trained_model, device)
    steps = _steps(trial.step_cost.flops * batch_size)
    figures.describe(trial, metric="training_samples_per_second")
    trial.warm_up()
    bag = trial.recipe.task.samples_per_example
    recipe = replace(trial.recipe, epochs=2, steps=steps, batch_size=batch_size * bag)
    control, seconds = Control(device), list[float]()

    def prepare() -> tuple[tuple[nn.Module], dict[str, Any]]:
        control()
        return (trial.prepared_model(),), {}

    def learn(model: nn.Module) -> None:
        seconds.append(fit(model, trial.data, recipe, evaluate=False).last.seconds)

    with control.watching():
        benchmark.pedantic(learn, setup=prepare, rounds=_ROUNDS, iterations=1)
    speed = steps * batch_size / median(seconds)
    figures.record(training_samples_per_second=speed, batch_size=batch_size)
    figures.record(peak_memory_bytes=trial.memory_of(recipe))
    figures.record_speed(trial, trial.learning_cost(recipe) * speed, control, workbench)


def _steps(flops: float) -> int:
    """How many steps of so many FLOPs make an epoch of about 2 GFLOP; skips what costs too much."""
    _insist_on_small(flops * _FEWEST_STEPS * 2)
    return max(_FEWEST_STEPS, min(_MOST_STEPS, int(_EPOCH_FLOPS / max(flops, 1))))


def _insist_on_small(flops: float) -> None:
    if flops > _MOST_FLOPS:
        pytest.skip(f"a round of such batches costs {flops / 1e9:.0f} GFLOP")
