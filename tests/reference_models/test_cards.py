from dataclasses import replace

import pytest
import torch

from reference_models import ModelCard, find_model, model_cards
from reference_models.data import load_dataset
from reference_models.training import Recipe, fit

_TRAINED = [card for card in model_cards() if card.is_trained]


@pytest.mark.parametrize("card", model_cards(), ids=lambda card: card.id)
def test_a_model_counts_and_answers_as_its_card_says(card: ModelCard) -> None:
    model = card.build().eval()
    assert sum(parameter.numel() for parameter in model.parameters()) == card.parameters
    task = card.recipes["paper"].task if card.is_trained else card.task
    answers = task.answers(model(torch.zeros(3, *card.input_shape)))
    if card.classes:
        assert answers.shape == (3, card.classes)
    else:
        assert len(answers) == 3
    assert answers.isfinite().all()


@pytest.mark.parametrize("card", model_cards(), ids=lambda card: card.id)
def test_a_card_has_both_recipes_or_none_and_says_why_it_cannot_learn(card: ModelCard) -> None:
    assert set(card.recipes) in ({"quick", "paper"}, set())
    assert set(card.at_chance) <= {"quick", "paper"}
    if card.at_chance:
        assert card.classes


@pytest.mark.parametrize("card", _TRAINED, ids=lambda card: card.id)
def test_every_model_takes_a_step_in_bfloat16(card: ModelCard) -> None:
    step = replace(card.recipes["quick"], epochs=1, steps=1)
    exact, near = _loss(card, step), _loss(card, replace(step, precision="bfloat16"))
    assert near == pytest.approx(exact, rel=0.05)


def _loss(card: ModelCard, recipe: Recipe) -> float:
    data = card.view.of(load_dataset(card.dataset))
    return fit(card.build(), data, recipe, evaluate=False).last.train_loss


def test_a_seed_decides_the_weights_and_leaves_the_callers_random_state_alone() -> None:
    card = find_model("dat565/dense-64-64")
    before = torch.random.get_rng_state()
    first, again, other = card.build(1), card.build(1), card.build(2)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.equal(first.output.weight, again.output.weight)
    assert not torch.equal(first.output.weight, other.output.weight)


def test_a_fixture_is_the_id_in_pythons_letters() -> None:
    assert find_model("dat565/dense-64-64").fixture == "dat565_dense_64_64"


def test_a_quick_recipe_shows_a_large_set_fewer_times_but_whole() -> None:
    card = find_model("dat565/lenet")
    assert card.recipe("quick", 1_297).epochs == 8
    assert card.recipe("quick", 60_000).epochs == 1


def test_a_paper_recipe_does_not_depend_on_the_data() -> None:
    card = find_model("dat565/lenet")
    assert card.recipe("paper", 60_000) == card.recipe("paper", 100) == card.recipes["paper"]
