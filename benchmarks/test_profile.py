"""How much of a training is products: what no loop over the same kernels can save.

Runs on request: `pytest benchmarks/ -m thorough -k profile`.
"""

from dataclasses import replace
from math import ceil
from typing import Any

import pytest

from benchmarks.figures import Figures
from benchmarks.measure import product_share
from benchmarks.workbench import Workbench
from reference_models import ModelCard
from reference_models.training import fit

_MOST_STEPS = 50
"""The profiler keeps every operation, and sorting them takes longer than doing them."""


@pytest.mark.thorough
def test_profile_of_training(
    benchmark: Any, trained_model: ModelCard, workbench: Workbench, figures: Figures
) -> None:
    """Timed: an epoch of the run's recipe, or its first steps, under torch's profiler on a CPU.

    Where some layers are frozen it is the whole recipe: what they make of the data is asked once.
    """
    trial = workbench.trial(trained_model, "cpu")
    figures.describe(trial, metric="product_share")
    trial.warm_up()
    recipe = trial.recipe
    steps = ceil(recipe.samples_an_epoch(len(trial.data.train)) / recipe.batch_size)
    beginning = replace(recipe, epochs=1, steps=min(steps, _MOST_STEPS))
    profiled, model = recipe if recipe.trains else beginning, trial.prepared_model()

    def train() -> float:
        return product_share(lambda: fit(model, trial.data, profiled, evaluate=False))

    share = benchmark.pedantic(train, rounds=1, iterations=1)
    figures.record(product_share=share)
    assert 0 < share < 1
