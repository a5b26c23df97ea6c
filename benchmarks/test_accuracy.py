"""How often the reference models are right after training by their recipes."""

from typing import Any

import pytest

from benchmarks.device import cpu_and_cuda
from benchmarks.figures import Figures
from benchmarks.training import time_training
from benchmarks.workbench import Workbench
from reference_models import ModelCard


@pytest.mark.parametrize("device", cpu_and_cuda())
def test_accuracy(
    benchmark: Any, reference_model: ModelCard, device: str, workbench: Workbench, figures: Figures
) -> None:
    """Timed: one training by the recipe. Scored, untimed: the model it ends with."""
    trial = workbench.trial(reference_model, device)
    figures.describe(trial, metric="accuracy")
    training = time_training(benchmark, trial, rounds=1)
    accuracy = trial.evaluate(training.model)
    figures.record_training(training, workbench)
    figures.record_accuracy(accuracy, reported=trial.reported)
    assert accuracy.low > 1 / reference_model.classes, "no better than guessing"
