from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from reference_models import ModelCard, find_model
from reference_models.data import Dataset
from reference_models.training import Recipe
from reference_models.visualise import set_scene
from reference_models.visualise.scene import stages


def _small() -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, 2, 5), nn.ReLU(), nn.Flatten(), nn.Linear(2 * 24 * 24, 2))


@pytest.fixture
def card() -> ModelCard:
    recipe = Recipe(epochs=8, batch_size=50, learning_rate=1e-3, input_scale="unit")
    return replace(
        find_model("dat565/lenet"),
        id="toy/net",
        module=_small,
        classes=2,
        recipes={"quick": recipe, "paper": replace(recipe, epochs=1)},
    )


def test_a_scene_holds_the_model_trained_by_its_recipe(card: ModelCard, blobs: Dataset) -> None:
    scene = set_scene(card, blobs, seed=3, curves=True)
    assert len(scene.history.epochs) == 8
    assert scene.history.last.test_accuracy is not None
    assert scene.caption == "blobs; quick budget, 8 epochs; seed 3"
    fresh = card.build(3).state_dict()
    assert any(not torch.equal(fresh[n], v) for n, v in scene.model.state_dict().items())


def test_a_training_depends_on_the_seed_alone(card: ModelCard, blobs: Dataset) -> None:
    first, again = (set_scene(card, blobs, seed=1).model.state_dict() for _ in range(2))
    assert all(torch.equal(first[name], again[name]) for name in first)


def test_the_steps_of_a_single_epoch_are_logged_for_curves(card: ModelCard, blobs: Dataset) -> None:
    assert len(set_scene(card, blobs, budget="paper", curves=True).history.steps) == 3
    assert not set_scene(card, blobs, budget="paper").history.steps


def test_weights_are_loaded_instead_of_training(
    card: ModelCard, blobs: Dataset, tmp_path: Path
) -> None:
    path = tmp_path / "net.safetensors"
    state = card.build(7).state_dict()
    save_file(state, path)
    scene = set_scene(card, blobs, weights=path)
    assert all(torch.equal(state[name], v) for name, v in scene.model.state_dict().items())
    assert scene.caption == "blobs; weights net.safetensors"


def test_stages_are_the_same_training_stopped_early(card: ModelCard, blobs: Dataset) -> None:
    scene = set_scene(card, blobs, seed=2)
    found = stages(scene)
    assert list(found) == ["untrained", "1 epoch", "2 epochs", "4 epochs", "8 epochs"]
    assert found["8 epochs"] is scene.model
    for name, value in found["untrained"].state_dict().items():
        assert torch.equal(value, card.build(2).state_dict()[name])
    short = replace(card, recipes={"quick": replace(card.recipes["quick"], epochs=4)})
    expected = set_scene(short, blobs, seed=2).model.state_dict()
    assert all(torch.equal(expected[n], v) for n, v in found["4 epochs"].state_dict().items())


def test_a_training_of_few_epochs_is_staged_by_steps(card: ModelCard, blobs: Dataset) -> None:
    scene = set_scene(card, blobs, budget="paper")
    assert list(stages(scene)) == ["untrained", "1 steps", "3 steps"]


def test_a_sample_is_spread_over_a_sorted_split(card: ModelCard, blobs: Dataset) -> None:
    order = blobs.test.labels.argsort(stable=True)
    scene = replace(
        set_scene(card, blobs, budget="paper"), data=replace(blobs, test=blobs.test.take(order))
    )
    assert scene.labels(4).tolist() == [0, 0, 1, 1]
    assert scene.labels(1000).tolist() == sorted(blobs.test.labels.tolist())
    assert float(scene.images(4).max()) <= 1.0


def test_one_of_each_class_is_one_that_the_model_gets_right(
    card: ModelCard, blobs: Dataset
) -> None:
    scene = set_scene(card, blobs)
    positions = scene.one_of_each(5)
    assert scene.labels()[positions].tolist() == [0, 1]
    scene.model.eval()
    answers = scene.model(scene.images()).argmax(1)
    right = answers == scene.labels()
    for position in positions.tolist():
        mine = scene.labels() == scene.labels()[position]
        assert right[position] or not right[mine].any()
