from dataclasses import replace

import pytest

from benchmarks.rivals.result import plain_optimiser
from reference_models import ModelCard


@pytest.mark.parametrize("kind", ["sgd", "adam"])
def test_the_optimiser_is_the_recipes_without_fused_kernels(kind: str, toy_card: ModelCard) -> None:
    recipe = replace(toy_card.recipes["quick"], optimiser=kind, weight_decay=0.25)
    optimiser = plain_optimiser(toy_card.build(), recipe)
    assert type(optimiser).__name__.lower() == kind
    (group,) = optimiser.param_groups
    assert (group["lr"], group["weight_decay"]) == (recipe.learning_rate, 0.25)
    assert not group["fused"]
