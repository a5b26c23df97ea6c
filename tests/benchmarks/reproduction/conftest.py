"""Runs and experiments that nobody has trained."""

from collections.abc import Callable

import pytest

from benchmarks.reproduction import Conditions, Reproduction, Run
from reference_models import Arm, Experiment, ReportedFigure
from reference_models.training import Epoch, History, Recipe, Step

MakeRun = Callable[..., Run]
MakeExperiment = Callable[..., Experiment]


@pytest.fixture
def conditions() -> Conditions:
    return Conditions("dat565/dense-curves", "paper", "real", "cpu", "abacus", 1, "2")


@pytest.fixture
def make_run() -> MakeRun:
    def make(arm: str, repeat: int, *accuracies: float, **figures: float) -> Run:
        epochs = tuple(
            Epoch(number, 1.0, 0.5, 1.0, test_accuracy=value)
            for number, value in enumerate(accuracies, start=1)
        )
        history = History(epochs, (Step(0, 2.3, 0.1), Step(100, 1.5, 0.4)))
        seed = repeat - 1
        return Run(arm, repeat, seed, "toy", "toy-1", 50, 100, 1.0, False, history, figures)

    return make


@pytest.fixture
def make_result(conditions: Conditions) -> Callable[..., Reproduction]:
    def make(*runs: Run) -> Reproduction:
        return Reproduction(conditions, runs, "2026-01-01T00:00:00+00:00")

    return make


@pytest.fixture
def make_experiment() -> MakeExperiment:
    recipe = Recipe(epochs=2, batch_size=64, learning_rate=0.1, input_scale="unit")

    def make(*figures: ReportedFigure, repeats: int = 1, arms: int = 1) -> Experiment:
        labels = [f"arm {number}" for number in range(arms)]
        return Experiment(
            id="dat565/dense-curves",
            title="title",
            section="section",
            arms=tuple(Arm(label, "dat565/dense-64-64", recipe) for label in labels),
            repeats=repeats,
            reported=figures,
        )

    return make
