"""How long the reference models take to train by their recipes, and how often they are then right.

In this order: the models that the first test trains are those that the second one scores.
"""

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
def test_training_time(
    benchmark: Any, trained_model: ModelCard, device: str, workbench: Workbench, figures: Figures
) -> None:
    """Timed: whole trainings from the same start. Their accuracy says what the time has bought."""
    trial = workbench.trial(trained_model, device)
    figures.describe(trial, metric="train_seconds")
    training = time_training(trial, benchmark.pedantic)
    workbench.keep(training)
    figures.record_training(training, workbench)
    scores = trial.evaluate(training.model)
    figures.record_scores(scores, trial)
    if trial.budget not in trained_model.at_chance:
        untrained = trial.evaluate(trial.prepared_model())
        assert scores.loss < untrained.loss, "training has taught nothing"


@pytest.mark.parametrize("device", cpu_and_cuda())
def test_accuracy(
    benchmark: Any, judged_model: ModelCard, device: str, workbench: Workbench, figures: Figures
) -> None:
    """Timed: answering and scoring the test split, by the model that its training ends with.

    One without right answers must reconstruct better than the mean image does.
    """
    trial = workbench.trial(judged_model, device)
    figures.describe(trial, metric="accuracy")
    if judged_model.is_trained:
        training = workbench.take_training(trial)
        figures.record(train_seconds=training.seconds, epochs=trial.recipe.epochs)
        model = training.model
    else:
        model = trial.prepared_model()
    scores = benchmark.pedantic(trial.evaluate, args=(model,), rounds=1, iterations=1)
    accuracy = figures.record_scores(scores, trial)
    assert isfinite(scores.loss)
    if accuracy is None:
        assert scores.loss < constant_answer_loss(trial.data, trial.input_scale), "no better"
    elif trial.budget not in judged_model.at_chance:
        assert accuracy.low > trial.chance, "no better than guessing"
