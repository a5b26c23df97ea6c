import copy
from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from reference_models.training import Recipe
from reference_models.training.updates import Updates

from .small import RECIPE

_SHAPES = ((3, 4), (5,), ())
_RECIPES = st.builds(
    lambda optimiser, rate, momentum, decay, betas: replace(
        RECIPE,
        optimiser=optimiser,
        learning_rate=rate,
        momentum=momentum,
        weight_decay=decay,
        betas=betas,
    ),
    st.sampled_from(["sgd", "adam"]),
    st.sampled_from([1e-3, 0.1]),
    st.sampled_from([0.0, 0.9]),
    st.sampled_from([0.0, 0.01]),
    st.sampled_from([(0.9, 0.999), (0.1, 0.3)]),
)


def _parameters(seed: int) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator) for shape in _SHAPES]


def _torchs_own(recipe: Recipe, parameters: list[Tensor], steps: Sequence[list[Tensor]]) -> None:
    optimiser = recipe.optimiser_for(parameters)
    for number, gradients in enumerate(steps):
        optimiser.param_groups[0]["lr"] = recipe.learning_rate / (1 + number // 3)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        optimiser.step()


@given(recipes=st.lists(_RECIPES, min_size=1, max_size=4), seed=st.integers(0, 2**16))
def test_steps_are_those_that_torch_would_take(recipes: list[Recipe], seed: int) -> None:
    steps = [[_parameters(seed + 10 * step + each) for each in range(4)] for step in range(1, 7)]
    ours, theirs = ([_parameters(seed + each) for each in range(len(recipes))] for _ in range(2))
    pairs = list(zip(recipes, ours, strict=True))
    updates = Updates([recipe.optimiser_for(own) for recipe, own in pairs])
    for number, gradients in enumerate(steps):
        if number % 3 == 0:
            updates.set_rates([each.learning_rate / (1 + number // 3) for each in recipes])
        updates.take(gradients[: len(recipes)])
    for member, (recipe, own) in enumerate(zip(recipes, theirs, strict=True)):
        _torchs_own(recipe, own, [gradients[member] for gradients in steps])
        assert all(torch.equal(a, b) for a, b in zip(ours[member], own, strict=True))


@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
def test_a_restored_state_goes_on_where_it_was(optimiser: str) -> None:
    recipe = replace(RECIPE, optimiser=optimiser, momentum=0.9)
    whole, broken = _parameters(0), _parameters(0)
    first, stopped = (Updates([recipe.optimiser_for(each)]) for each in (whole, broken))
    for step in range(3):
        first.take([_parameters(step)])
        stopped.take([_parameters(step)])
    resumed = Updates([recipe.optimiser_for(broken)])
    resumed.take([_parameters(7)])  # of another run, and forgotten
    for own, right in zip(broken, whole, strict=True):
        own.copy_(right)
    resumed.restore(copy.deepcopy(stopped.state()))
    for step in range(3, 6):
        first.take([_parameters(step)])
        resumed.take([_parameters(step)])
    assert all(torch.equal(a, b) for a, b in zip(whole, broken, strict=True))


@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
def test_a_parameter_that_no_answer_came_from_stays_where_it_is(optimiser: str) -> None:
    recipe = replace(RECIPE, optimiser=optimiser, weight_decay=0.1)
    for pattern in ((True, False, True, False), (False, True, True), (True, True, False, True)):
        ours, theirs = _parameters(0), _parameters(0)
        updates, alone = Updates([recipe.optimiser_for(ours)]), recipe.optimiser_for(theirs)
        for step, used in enumerate(pattern):
            gradients = _parameters(step)
            found = [*gradients[:-1], gradients[-1] if used else None]
            updates.take([found])
            for parameter, gradient in zip(theirs, found, strict=True):
                parameter.grad = gradient
            alone.step()
        assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


def test_torchs_step_is_asked_once_and_its_kernel_from_then_on() -> None:
    parameters = _parameters(0)
    optimiser = replace(RECIPE, optimiser="adam").optimiser_for(parameters)
    asked: list[object] = []
    optimiser.register_step_pre_hook(lambda *_: asked.append(None))
    updates = Updates([optimiser])
    for step in range(4):
        updates.take([_parameters(step)])
    assert len(asked) == 1
