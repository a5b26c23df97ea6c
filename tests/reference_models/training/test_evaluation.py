import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from reference_models import find_model
from reference_models.data import Dataset, scale_pixels
from reference_models.training import Classification, Reconstruction, Scores, evaluate


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
