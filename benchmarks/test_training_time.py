"""How long the reference models take to train by their recipes."""

from typing import Any

import pytest

from benchmarks.device import cpu_and_cuda
from benchmarks.figures import Figures
from benchmarks.training import time_training
from benchmarks.workbench import Workbench
from reference_models import ModelCard
from reference_models.data import Source

_ROUNDS: dict[Source, int] = {"embedded": 3, "real": 1}
"""A training on real data lasts minutes, and so averages over what the machine does meanwhile."""


@pytest.mark.parametrize("device", cpu_and_cuda())
def test_training_time(
    benchmark: Any, trained_model: ModelCard, device: str, workbench: Workbench, figures: Figures
) -> None:
    """Timed: whole trainings from the same start. Their accuracy says what the time has bought."""
    trial = workbench.trial(trained_model, device)
    figures.describe(trial, metric="train_seconds")
    training = time_training(benchmark, trial, rounds=_ROUNDS[trial.data.source])
    figures.record_training(training, workbench)
    scores = trial.evaluate(training.model)
    figures.record_scores(scores, trial)
    if trial.budget not in trained_model.at_chance:
        untrained = trial.evaluate(trial.prepared_model())
        assert scores.loss < untrained.loss, "training has taught nothing"
