from dataclasses import replace
from math import isnan
from typing import Any

import pytest
import torch
from torch import nn

from benchmarks.rivals.loop import Loop, order_of_test, plain_optimiser
from benchmarks.rivals.report_loop import train_like_the_report
from benchmarks.rivals.tidy_loop import train_tidily
from reference_models import ModelCard, find_model
from reference_models.data import Dataset, load_dataset
from reference_models.training import L1, RateDrops, Reconstruction, fit

LOOPS = [train_like_the_report, train_tidily]


@pytest.mark.parametrize("kind", ["sgd", "adam"])
def test_the_optimiser_is_the_recipes_without_fused_kernels(kind: str, toy_card: ModelCard) -> None:
    recipe = replace(toy_card.recipes["quick"], optimiser=kind, weight_decay=0.25)
    optimiser = plain_optimiser(toy_card.build(), recipe)
    assert type(optimiser).__name__.lower() == kind
    (group,) = optimiser.param_groups
    assert (group["lr"], group["weight_decay"]) == (recipe.learning_rate, 0.25)
    assert not group["fused"]


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize(
    "change",
    [
        {"optimiser": "adam", "learning_rate": 0.01},
        {"momentum": 0.9, "weight_decay": 0.1},
        {"l1": L1(0.1, "1.weight")},
        {"trains": "1.bias"},
        {"rate_drops": RateDrops(1, 0.5)},
        {"input_scale": "signed"},
        {"precision": "bfloat16"},
        {"input_scale": "standard"},
    ],
    ids=str,
)
def test_a_loop_does_what_the_recipe_says(
    loop: Loop, change: dict[str, Any], toy_card: ModelCard, toy_data: Dataset
) -> None:
    """With all samples in one batch the order is nobody's business, and weights must be equal."""
    recipe = replace(toy_card.recipes["quick"], batch_size=len(toy_data.train), **change)
    theirs, ours = toy_card.build(), toy_card.build()
    scores = loop(theirs, toy_data, recipe, 0)
    history = fit(ours, toy_data, recipe)
    assert scores == pytest.approx([each.test_accuracy for each in history.epochs])
    for one, other in zip(theirs.parameters(), ours.parameters(), strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("loop", LOOPS)
def test_a_loop_tests_when_the_recipe_says(
    loop: Loop, toy_card: ModelCard, toy_data: Dataset
) -> None:
    recipe = replace(toy_card.recipes["quick"], epochs=5, test_every=2)
    scores = loop(toy_card.build(), toy_data, recipe, 0)
    assert [isnan(each) for each in scores] == [True, False, True, False, False]


@pytest.mark.parametrize("loop", LOOPS)
def test_a_loop_scores_what_is_given_back_by_its_loss(
    loop: Loop, toy_card: ModelCard, toy_data: Dataset
) -> None:
    recipe = replace(
        toy_card.recipes["quick"], batch_size=len(toy_data.train), task=Reconstruction()
    )
    back = nn.Sequential(nn.Flatten(), nn.Linear(4, 4), nn.Unflatten(1, (1, 2, 2)))
    start = {name: value.clone() for name, value in back.state_dict().items()}
    scores = loop(back, toy_data, recipe, 0)
    back.load_state_dict(start)
    history = fit(back.requires_grad_(), toy_data, recipe)
    assert [-score for score in scores] == pytest.approx(
        [each.test_loss for each in history.epochs]
    )


def test_test_examples_are_those_of_the_task(toy_card: ModelCard, toy_data: Dataset) -> None:
    assert order_of_test(toy_card.recipes["quick"], toy_data.test.labels).tolist() == [
        *range(len(toy_data.test))
    ]
    card = find_model("bs6207/ucc-alpha1")
    recipe, labels = card.recipes["quick"], load_dataset(card.dataset).test.labels
    assert torch.equal(order_of_test(recipe, labels), recipe.task.test_order(labels))
