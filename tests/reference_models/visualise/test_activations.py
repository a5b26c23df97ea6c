import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from torch import Tensor, nn

from reference_models.visualise import PictureError, activation_statistics, activations
from reference_models.visualise.activations import Statistics


@given(arrays(np.float32, st.integers(1, 50), elements=st.floats(-100, 100, width=32)))
def test_statistics_are_numpys(values: NDArray[np.float32]) -> None:
    found = Statistics.of(torch.from_numpy(values))
    wide = values.astype(np.float64)
    expected = (wide.mean(), wide.var(), wide.std(), wide.min(), wide.max())
    actual = (found.mean, found.variance, found.deviation, found.minimum, found.maximum)
    np.testing.assert_allclose(actual, expected, rtol=1e-9, atol=1e-9)


def test_every_activation_layer_has_its_statistics(stack: nn.Sequential, images: Tensor) -> None:
    found = activation_statistics(stack, images)
    assert list(found) == ["relu1", "tanh2"]
    expected = stack.conv1(images).relu().detach()
    assert found["relu1"].mean == pytest.approx(float(expected.mean()), rel=1e-5)
    assert found["relu1"].minimum == 0.0
    assert abs(found["tanh2"].maximum) < 1


def test_histograms_share_out_all_outputs(stack: nn.Sequential, images: Tensor) -> None:
    figure = activations(stack, images, title="net")
    for plot, name in zip(figure.axes, ("relu1", "tanh2"), strict=True):
        assert sum(bar.get_height() for bar in plot.patches) == pytest.approx(1.0)
        assert plot.get_title() == name


def test_a_model_without_activations_is_refused() -> None:
    with pytest.raises(PictureError, match="no activations"):
        activations(nn.Linear(2, 2), torch.rand(1, 2), title="")
