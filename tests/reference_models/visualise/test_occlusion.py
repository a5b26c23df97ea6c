import numpy as np
import pytest
import torch
from torch import Tensor, nn

from reference_models.visualise import occlusion
from reference_models.visualise.occlusion import occlusion_map


class Corner(nn.Module):
    """Sure of class 1 as long as it sees the pixel at (1, 2)."""

    def forward(self, images: Tensor) -> Tensor:
        seen = images[:, 0, 1, 2]
        return torch.stack((1 - seen, seen), dim=1) * 20


def test_the_map_is_low_where_the_square_hides_what_counts() -> None:
    image = torch.ones(1, 6, 6)
    found = occlusion_map(Corner(), image, 1, side=2, grey=0.0).numpy()
    expected = np.ones((5, 5))
    expected[0:2, 1:3] = 0  # the squares that cover row 1, column 2
    np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_array_equal(image, np.ones((1, 6, 6)))


def test_every_place_is_what_the_model_says_of_that_very_image(
    stack: nn.Sequential, images: Tensor
) -> None:
    found = occlusion_map(stack, images[0], 1, side=3, grey=0.5, stride=2)
    assert found.shape == (3, 3)
    covered = images[0].clone()
    covered[:, 2:5, 4:7] = 0.5
    expected = stack.eval()(covered[None]).detach().softmax(1)[0, 1]
    assert float(found[1, 2]) == pytest.approx(float(expected), rel=1e-5)


def test_images_stand_above_their_maps_with_the_worst_place_framed() -> None:
    images = torch.ones(2, 1, 8, 8)
    images[:, 0, 0, 0] = 0
    figure = occlusion(Corner(), images, [1, 1], ["no", "yes"], title="net", side=2)
    above, below = figure.axes[0], figure.axes[2]
    assert above.get_title() == "yes"
    (frame,) = above.patches
    assert frame.get_xy() == (0.5, -0.5)
    assert below.images[0].get_extent() == [0.0, 7.0, 7.0, 0.0]
    assert below.get_xlim() == above.get_xlim()
