"""How often the reference models are right after training by their recipes."""

from math import isfinite
from typing import Any

import pytest

from benchmarks.device import cpu_and_cuda
from benchmarks.figures import Figures
from benchmarks.measure import constant_answer_loss
from benchmarks.training import time_training
from benchmarks.workbench import Workbench
from reference_models import ModelCard


@pytest.mark.parametrize("device", cpu_and_cuda())
def test_accuracy(
    benchmark: Any, judged_model: ModelCard, device: str, workbench: Workbench, figures: Figures
) -> None:
    """Timed: one training by the recipe, or the answers of a model that is never trained.

    Scored, untimed: the model it ends with. One without right answers must reconstruct better than
    the mean image does.
    """
    trial = workbench.trial(judged_model, device)
    figures.describe(trial, metric="accuracy")
    if judged_model.is_trained:
        training = time_training(benchmark, trial, rounds=1)
        figures.record_training(training, workbench)
        scores = trial.evaluate(training.model)
    else:
        model = trial.prepared_model()
        scores = benchmark.pedantic(trial.evaluate, args=(model,), rounds=1, iterations=1)
    accuracy = figures.record_scores(scores, trial)
    assert isfinite(scores.loss)
    if accuracy is None:
        assert scores.loss < constant_answer_loss(trial.data, trial.input_scale), "no better"
    elif trial.budget not in judged_model.at_chance:
        assert accuracy.low > trial.chance, "no better than guessing"
