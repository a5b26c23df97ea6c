import pytest
import torch
from torch import nn

from benchmarks.device import cpu_and_cuda
from reference_models import find_model
from reference_models.data import Dataset, scale_pixels
from reference_models.training import predict


def test_answers_do_not_depend_on_the_batch_size(blobs: Dataset) -> None:
    model = find_model("dat565/lenet").build()
    whole = predict(model, blobs.test.inputs, "unit", batch_size=1000)
    parts = predict(model, blobs.test.inputs, "unit", batch_size=7)
    torch.testing.assert_close(parts, whole)


@pytest.mark.parametrize("device", cpu_and_cuda())
@pytest.mark.parametrize("name", ["dat565/lenet", "dat565/dense-64-64"])
def test_answers_are_those_of_the_model_itself(name: str, device: str, blobs: Dataset) -> None:
    model = find_model(name).build().to(device).eval()
    images = blobs.test.inputs.to(device)
    expected = model(scale_pixels(images, "raw")).detach()
    torch.testing.assert_close(predict(model, images, "raw"), expected)


def test_a_model_answers_in_evaluation_mode_and_gets_its_own_mode_back(blobs: Dataset) -> None:
    model = nn.Sequential(nn.Flatten(), nn.Dropout(1.0)).train()
    assert predict(model, blobs.test.inputs, "unit").abs().sum() > 0
    assert model.training
