from dataclasses import replace

import pytest
import torch
from torch import nn

from reference_models.errors import RecipeError
from reference_models.training import Recipe

_PLAIN = Recipe(epochs=1, batch_size=4, learning_rate=0.5, input_scale="unit")


def _step(recipe: Recipe) -> float:
    """Where one step takes a weight of 1 whose gradient is 1."""
    weight = nn.Parameter(torch.ones(1))
    optimiser = recipe.optimiser_for([weight])
    weight.grad = torch.ones(1)
    optimiser.step()
    return weight.item()


def test_sgd_takes_its_rate_and_decay() -> None:
    assert _step(_PLAIN) == pytest.approx(1 - 0.5)
    assert _step(replace(_PLAIN, weight_decay=0.1)) == pytest.approx(1 - 0.5 * 1.1)


def test_momentum_carries_the_first_step_into_the_second() -> None:
    weight = nn.Parameter(torch.zeros(1))
    optimiser = replace(_PLAIN, momentum=0.9).optimiser_for([weight])
    for _ in range(2):
        weight.grad = torch.ones(1)
        optimiser.step()
    assert weight.item() == pytest.approx(-0.5 * (1 + 1.9))


def test_adams_first_step_is_its_rate() -> None:
    assert _step(replace(_PLAIN, optimiser="adam")) == pytest.approx(0.5, abs=1e-5)


@pytest.mark.parametrize("broken", [{"epochs": 0}, {"batch_size": 0}])
def test_a_recipe_without_samples_is_refused(broken: dict[str, int]) -> None:
    with pytest.raises(RecipeError, match="at least one epoch and one sample a batch"):
        replace(_PLAIN, **broken)


def test_a_recipe_is_plain_values() -> None:
    assert Recipe(**_PLAIN.as_dict()) == _PLAIN
