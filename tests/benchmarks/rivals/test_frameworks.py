import os
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec

import pytest
import torch

from benchmarks.errors import MeasurementError
from benchmarks.rivals.frameworks import (
    can_be_a_frameworks,
    train_with_keras,
    train_with_skorch,
)
from reference_models import ModelCard
from reference_models.data import Dataset
from reference_models.training import L1, Reconstruction

_IN_KERAS = """
import torch
from benchmarks.rivals.frameworks import train_with_keras
from reference_models import find_model
from reference_models.data import load_dataset

card = find_model("dat565/dense-64-64")
model = card.build()
before = [each.detach().clone() for each in model.parameters()]
scores = train_with_keras(model, load_dataset("mnist"), card.recipes["quick"])
assert len(scores) == 8 and scores[-1] > 0.8, scores
assert not any(map(torch.equal, before, model.parameters()))
"""


@pytest.mark.skipif(find_spec("skorch") is None, reason="skorch is not there (extra `rivals`)")
def test_skorch_trains_the_very_module(toy_card: ModelCard, toy_data: Dataset) -> None:
    model, recipe = toy_card.build(), toy_card.recipes["quick"]
    before = [each.detach().clone() for each in model.parameters()]
    scores = train_with_skorch(model, toy_data, recipe)
    assert len(scores) == recipe.epochs
    assert scores[-1] == 1.0
    assert not all(map(torch.equal, before, model.parameters()))


@pytest.mark.skipif(find_spec("keras") is None, reason="Keras is not there (extra `formats`)")
def test_keras_trains_the_very_module_in_a_process_of_its_own() -> None:
    """Whoever imports Keras first chooses its back end for the whole process."""
    env = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    subprocess.run([sys.executable, "-c", _IN_KERAS], check=True, env=env)


@pytest.mark.parametrize("train", [train_with_skorch, train_with_keras])
def test_frameworks_are_asked_for_what_they_mean_alike(
    train: object, toy_card: ModelCard, toy_data: Dataset
) -> None:
    recipe = toy_card.recipes["quick"]
    assert can_be_a_frameworks(recipe)
    for other in (
        replace(recipe, weight_decay=0.1),
        replace(recipe, l1=L1(0.1, "weight")),
        replace(recipe, task=Reconstruction()),
    ):
        assert not can_be_a_frameworks(other)
        with pytest.raises(MeasurementError, match="plain classifications alone"):
            train(toy_card.build(), toy_data, other)  # type: ignore[operator]
