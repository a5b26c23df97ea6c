from dataclasses import replace

import pytest
import torch
from torch import nn

from reference_models import ModelCard, find_model
from reference_models.data import Dataset
from reference_models.preparing import as_trained, prepare
from reference_models.training import fit


def same_weights(first: nn.Module, second: nn.Module) -> bool:
    other = second.state_dict()
    return all(torch.equal(value, other[name]) for name, value in first.state_dict().items())


@pytest.fixture
def card() -> ModelCard:
    return find_model("dat565/dense-64-64")


def test_most_models_need_nothing_before_their_training(card: ModelCard, blobs: Dataset) -> None:
    model = card.build(seed=1)
    prepare(model, card, blobs, "quick", 0)
    assert same_weights(model, card.build(seed=1))


def test_one_that_learns_from_another_gets_it_trained_by_its_recipe(
    card: ModelCard, blobs: Dataset
) -> None:
    teachers: list[nn.Module] = []
    pupil = replace(card, prepare=lambda _m, _d, teacher: teachers.append(teacher(card)))
    prepare(pupil.build(), pupil, blobs, "quick", 3)
    learnt = card.build(seed=3)
    fit(learnt, blobs, card.recipe("quick", len(blobs.train)), seed=3, evaluate=False)
    assert same_weights(teachers[0], learnt)
    assert not same_weights(learnt, card.build(seed=3))
    assert same_weights(as_trained(blobs, "quick", 3, card), learnt)


def test_a_teacher_at_hand_is_asked_instead(card: ModelCard, blobs: Dataset) -> None:
    seen: list[object] = []
    known = card.build(seed=7)
    pupil = replace(card, prepare=lambda *given: seen.extend([given[1], given[2](card)]))
    prepare(pupil.build(), pupil, blobs, "quick", 0, teacher=lambda _: known)
    assert seen == [blobs, known]
