import numpy as np
import pytest
import torch
from torch import nn

from reference_models.visualise import PictureError, filters


def test_every_filter_on_one_channel_is_drawn_on_one_scale(stack: nn.Sequential) -> None:
    figure = filters(stack, title="net")
    weights = stack.conv1.weight.detach().numpy()
    shown = [plot.images[0] for plot in figure.axes if plot.images]
    assert len(shown) == 3
    for drawn, weight in zip(shown, weights, strict=True):
        np.testing.assert_allclose(drawn.get_array(), weight[0], rtol=1e-6)
    bound = pytest.approx(abs(weights).max())
    assert {drawn.get_clim() for drawn in shown} == {shown[0].get_clim()}
    assert shown[0].get_clim()[1] == bound
    assert figure.get_suptitle() == "net: filters of conv1"


def test_filters_on_three_channels_are_colours_round_grey() -> None:
    model = nn.Sequential(nn.Conv2d(3, 2, 2))
    with torch.no_grad():
        model[0].weight.zero_()
        model[0].weight[1, 0, 0, 0] = 5.0
    shown = [plot.images[0].get_array() for plot in filters(model, title="").axes if plot.images]
    np.testing.assert_allclose(shown[0], 0.5)
    np.testing.assert_allclose(shown[1][0, 0], [1.0, 0.5, 0.5])


def test_deeper_filters_are_a_table_of_filters_and_inputs() -> None:
    model = nn.Sequential(nn.Conv2d(1, 20, 1), nn.Conv2d(20, 15, 3))
    figure = filters(model, title="", caption="data", layer="1")
    shown = [plot.images[0].get_array() for plot in figure.axes if plot.images]
    assert len(shown) == 12 * 12
    np.testing.assert_allclose(shown[12 + 2], model[1].weight[1, 2].detach().numpy(), rtol=1e-6)
    assert figure.get_supxlabel() == "data; 12 of 15 filters, 12 of 20 input channels"


def test_a_dense_network_has_none_and_an_unknown_layer_is_refused(stack: nn.Sequential) -> None:
    with pytest.raises(PictureError, match="no filters"):
        filters(nn.Linear(2, 2), title="")
    with pytest.raises(PictureError, match="conv1, conv2"):
        filters(stack, title="", layer="output")
