import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from reference_models import find_model
from reference_models.data import Dataset, scale_pixels
from reference_models.training import Classification, Reconstruction, Scores, evaluate
from reference_models.training.evaluation import samples_at_once


@pytest.mark.parametrize("model_id", ["dat565/dense-64-64", "dat565/lenet"])
def test_scores_are_those_of_one_big_batch(model_id: str, blobs: Dataset) -> None:
    model = find_model(model_id).build()
    with torch.no_grad():
        logits = model(scale_pixels(blobs.train.inputs, "unit"))
    scores = evaluate(model, blobs.train, "unit", Classification())
    assert scores.examples == len(blobs.train)
    assert scores.right == int((logits.argmax(1) == blobs.train.labels).sum())
    assert scores.loss == pytest.approx(float(cross_entropy(logits, blobs.train.labels)), rel=1e-4)
    assert scores.accuracy == pytest.approx(scores.right / 150)


def test_the_models_mode_is_as_it_was(blobs: Dataset) -> None:
    model = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(784, 2))
    first = evaluate(model, blobs.test, "unit", Classification())
    assert model.training
    assert evaluate(model, blobs.test, "unit", Classification()) == first


def test_what_cannot_be_right_has_no_accuracy(blobs: Dataset) -> None:
    scores = evaluate(nn.Identity(), blobs.test, "unit", Reconstruction())
    assert scores == Scores(40, 0.0, None)
    assert scores.accuracy is None


def test_as_many_samples_are_asked_at_once_as_a_layer_can_hold(blobs: Dataset) -> None:
    def at_once(model: nn.Module, members: int = 1) -> int:
        return samples_at_once(model, blobs.test, "unit", Classification(), members)

    images = 6 * 2**20 / (784 * 4)  # in six MiB
    dense = nn.Sequential(nn.Flatten(), nn.Linear(784, 2))
    assert (at_once(dense), at_once(dense, members=4)) == (2000, int(images / 4))
    wide = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.MaxPool2d(28), nn.Flatten())
    assert at_once(wide) == int(images / 16)
    assert at_once(nn.Sequential(nn.Flatten(), nn.Linear(784, 10**5, bias=False))) == 32


def test_asking_how_many_leaves_a_model_as_it_was(blobs: Dataset) -> None:
    model = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(784), nn.Linear(784, 2))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    samples_at_once(model, blobs.test, "unit", Classification())
    assert model.training
    assert not any(module._forward_hooks for module in model.modules())
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])
