import numpy as np
import pytest
import torch
from torch import Tensor, nn

from reference_models.visualise import PictureError, features


def test_the_maps_of_the_first_activation_stand_beside_the_input(
    stack: nn.Sequential, images: Tensor
) -> None:
    figure = features(stack, images[2], title="net")
    shown = [plot.images[0].get_array() for plot in figure.axes if plot.images]
    expected = stack.conv1(images[2:3]).relu().detach().numpy()[0]
    np.testing.assert_allclose(shown[0], images[2, 0])
    np.testing.assert_allclose(np.stack(shown[1:]), expected, rtol=1e-5)
    assert figure.get_suptitle() == "net: feature maps of relu1"


def test_another_layer_may_be_named(stack: nn.Sequential, images: Tensor) -> None:
    figure = features(stack, images[0], title="net", layer="tanh2")
    assert sum(bool(plot.images) for plot in figure.axes) == 1 + 5
    with pytest.raises(PictureError, match="no layer 'output'"):
        features(stack, images[0], title="net", layer="output")


def test_of_a_bag_the_first_image_is_shown() -> None:
    class Bag(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(1, 2, 3)

        def forward(self, bags: Tensor) -> Tensor:
            return self.conv(bags.flatten(0, 1)).mean()

    model, bag = Bag(), torch.rand(4, 1, 6, 6)
    shown = [plot.images[0].get_array() for plot in features(model, bag, title="").axes]
    np.testing.assert_allclose(shown[0], bag[0, 0])
    np.testing.assert_allclose(shown[1], model.conv(bag[:1])[0, 0].detach(), rtol=1e-5, atol=1e-6)


def test_a_dense_network_has_no_maps() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    with pytest.raises(PictureError, match="no feature maps"):
        features(model, torch.rand(1, 8, 8), title="")
