from collections import OrderedDict
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from benchmarks.errors import MeasurementError
from benchmarks.measure import measure_trained
from benchmarks.measure.activations import activations_of
from reference_models import find_experiment, find_model
from reference_models.data import load_dataset


@pytest.fixture
def model() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(1, 3, 5, padding=2),
            drop=nn.Dropout(0.5),
            activation1=nn.Tanh(),
            pool1=nn.MaxPool2d(2),
        )
    )


@pytest.fixture
def pixels() -> torch.Tensor:
    """More than a batch, and no whole number of them."""
    return torch.randint(0, 256, (277, 1, 28, 28), generator=torch.Generator().manual_seed(0)).to(
        torch.uint8
    )


def test_statistics_are_numpys_over_all_images_at_once(
    model: nn.Sequential, pixels: torch.Tensor
) -> None:
    with torch.no_grad():
        shown = model.eval()[:3](pixels.float() / 255)
    values = shown.double().numpy()
    found = activations_of(model, "activation1", pixels, "unit")
    assert found.mean == pytest.approx(values.mean(), abs=1e-6)
    assert found.variance == pytest.approx(values.var(), rel=1e-5)
    assert found.std == pytest.approx(values.std(), rel=1e-5)
    assert (found.min, found.max) == pytest.approx((values.min(), values.max()), abs=1e-6)
    assert found.saturated == np.mean(abs(values) > 0.99)


def test_saturation_counts_both_ends(pixels: torch.Tensor) -> None:
    model = nn.Sequential(OrderedDict(activation1=nn.Tanh()))
    signed = (pixels.float() / 127.5 - 1) * 4
    share = (torch.tanh(signed).abs() > 0.99).double().mean().item()
    wide = nn.Sequential(OrderedDict(scale=_Times(4.0), activation1=nn.Tanh()))
    assert activations_of(wide, "activation1", pixels, "signed").saturated == pytest.approx(share)
    assert activations_of(model, "activation1", pixels, "signed").saturated == 0.0


class _Times(nn.Module):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return values * self.factor


@pytest.mark.parametrize("training", [True, False])
def test_a_models_mode_is_left_as_it_was(
    model: nn.Sequential, pixels: torch.Tensor, training: bool
) -> None:
    model.train(training)
    first = activations_of(model, "activation1", pixels, "unit")
    assert model.training is training
    assert activations_of(model, "activation1", pixels, "unit") == first


def test_an_unknown_layer_lists_those_there_are(model: nn.Sequential, pixels: torch.Tensor) -> None:
    with pytest.raises(MeasurementError, match=r"no layer 'activation9'.*conv1, drop"):
        activations_of(model, "activation9", pixels, "unit")
    with pytest.raises(MeasurementError, match=r"no layer 'weight'.*none"):
        activations_of(nn.Linear(2, 2), "weight", pixels, "unit")


def test_every_statistic_that_lenet_reported_can_be_measured() -> None:
    card = find_model("comp576/lenet5")
    whole = load_dataset("cifar10-grey")
    data = replace(whole, test=whole.test.head(50))
    recipe = card.recipes["paper"]
    model = card.build()
    wanted = {
        figure.metric: figure.value
        for figure in find_experiment("comp576/lenet5-optimisers").reported
        if figure.metric.startswith("layer")
    }
    assert len(wanted) == 10
    found: dict[str, Any] = {
        name: measure_trained(name, model, data, card, recipe) for name in wanted
    }
    for layer in ("layer1", "layer2"):
        assert found[f"{layer}_std"] ** 2 == pytest.approx(found[f"{layer}_variance"])
        assert wanted[f"{layer}_std"] ** 2 == pytest.approx(wanted[f"{layer}_variance"], rel=1e-4)
        assert -1 < found[f"{layer}_min"] < found[f"{layer}_mean"] < found[f"{layer}_max"] < 1
