import json
from dataclasses import replace

import pytest
import torch
from torch import nn

from reference_models import find_model
from reference_models.data import load_dataset
from reference_models.errors import RecipeError
from reference_models.training import L1, RateDrops, Recipe, Reconstruction
from reference_models.training.corruptions import Gaussian, SaltAndPepper, Zeroing

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


@pytest.mark.parametrize("broken", [{"epochs": 0}, {"batch_size": 0}, {"steps": 0}])
def test_a_recipe_without_samples_is_refused(broken: dict[str, int]) -> None:
    with pytest.raises(RecipeError, match="at least one epoch, one step an epoch and one"):
        replace(_PLAIN, **broken)


def test_adam_takes_its_betas_and_epsilon() -> None:
    adam = replace(_PLAIN, optimiser="adam", epsilon=1.0)
    assert _step(adam) == pytest.approx(1 - 0.5 * 1 / (1 + 1))
    group = replace(adam, betas=(0.1, 0.2)).optimiser_for([torch.zeros(1)]).param_groups[0]
    assert group["betas"] == (0.1, 0.2)


@pytest.mark.parametrize(("epoch", "rate"), [(1, 0.5), (20, 0.5), (21, 0.05), (41, 0.005)])
def test_the_rate_drops_after_every_so_many_epochs(epoch: int, rate: float) -> None:
    assert replace(_PLAIN, rate_drops=RateDrops(20, 0.1)).rate_in(epoch) == pytest.approx(rate)
    assert _PLAIN.rate_in(epoch) == 0.5


def test_whatever_the_precision_answers_are_float32() -> None:
    recipe = Recipe(1, 8, 0.1, "unit", precision="bfloat16")
    model = nn.Linear(4, 2)
    shown = torch.rand(3, 4)
    answers = recipe.ask(model, shown)
    one, _ = recipe.ask(lambda each: (model(each), each.to(torch.bfloat16)), shown)
    assert answers.dtype == one.dtype == torch.float32
    assert torch.equal(answers, answers.to(torch.bfloat16).float())
    assert torch.equal(one, answers)
    torch.testing.assert_close(answers, model(shown), rtol=0.02, atol=0.02)


def test_an_epoch_shows_what_the_recipe_says() -> None:
    labels, generator = torch.arange(40) % 2, torch.Generator().manual_seed(1)
    plain = replace(_PLAIN, batch_size=8)
    assert sorted(plain.order(labels, generator).tolist()) == list(range(40))
    longer = replace(plain, steps=7).order(labels, generator)
    assert len(longer) == 56
    assert longer.bincount().max() == 2
    fresh = replace(plain, steps=5, fresh_order=True).order(labels, generator)
    assert all(len(set(batch.tolist())) == 8 for batch in fresh.split(8))
    assert fresh.bincount().max() > 1  # each batch is of a permutation of its own


def test_bags_are_drawn_as_their_task_draws_them() -> None:
    card = find_model("bs6207/ucc-alpha1")
    recipe, labels = card.recipes["quick"], load_dataset(card.dataset).train.labels
    bags = recipe.samples_an_epoch(len(labels)) // recipe.task.samples_per_example
    order, drawn = (
        draw(torch.Generator().manual_seed(0))
        for draw in (
            lambda generator: recipe.order(labels, generator),
            lambda generator: recipe.task.order(labels, bags, generator),
        )
    )
    assert torch.equal(order, drawn)


def test_a_recipe_is_shortened_to_what_ten_thousand_samples_need() -> None:
    assert replace(_PLAIN, epochs=40).shortened(1297).epochs == 8
    assert replace(_PLAIN, epochs=40).shortened(60_000).epochs == 1
    assert replace(_PLAIN, epochs=3).shortened(1297).epochs == 3
    cut = replace(_PLAIN, epochs=30, batch_size=100, steps=1000).shortened(60_000)
    assert (cut.epochs, cut.steps) == (1, 100)
    kept = replace(_PLAIN, epochs=30, batch_size=100, steps=50).shortened(60_000)
    assert (kept.epochs, kept.steps) == (2, 50)


@pytest.mark.parametrize(
    "recipe",
    [
        _PLAIN,
        replace(_PLAIN, task=Reconstruction((Gaussian(0.5), Zeroing(0.2)))),
        replace(_PLAIN, l1=L1(0.1, "output.weight"), rate_drops=RateDrops(2, 0.1)),
    ],
)
def test_a_recipe_is_told_apart_by_plain_values(recipe: Recipe) -> None:
    values = json.loads(json.dumps(recipe.as_dict()))
    assert values == json.loads(json.dumps(replace(recipe).as_dict()))
    assert values != json.loads(json.dumps(replace(recipe, epochs=9).as_dict()))
    assert values["task"]["name"] == type(recipe.task).__name__


def test_tasks_that_differ_in_their_noise_are_told_apart() -> None:
    noisy = [replace(_PLAIN, task=Reconstruction((Gaussian(each),))) for each in (0.1, 0.2)]
    assert noisy[0].as_dict() != noisy[1].as_dict()
    same = [Reconstruction((kind(0.1),)) for kind in (SaltAndPepper, Zeroing)]
    assert replace(_PLAIN, task=same[0]).as_dict() != replace(_PLAIN, task=same[1]).as_dict()
