import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from reference_models.visualise import PictureError, invariance
from reference_models.visualise.invariance import (
    distances,
    landmarks,
    rotated,
    scaled,
    shifted,
    transformed,
)


def _close(actual: Tensor, expected: Tensor) -> None:
    np.testing.assert_allclose(actual.numpy(), expected.numpy(), atol=1e-5)


@given(st.integers(-4, 4))
def test_a_shift_moves_columns_to_the_right_and_repeats_the_border(pixels: int) -> None:
    image = torch.rand(2, 9, 9, generator=torch.Generator().manual_seed(0))
    columns = (torch.arange(9) - pixels).clamp(0, 8)
    _close(transformed(image, shifted(pixels, 9)), image[:, :, columns])


def test_a_quarter_turn_is_numpys_and_half_a_turn_undoes_itself() -> None:
    image = torch.rand(1, 8, 8)
    _close(transformed(image, rotated(90, 8)), torch.rot90(image, 1, (1, 2)))
    _close(transformed(image, rotated(180, 8)), image.flip(1, 2))


def test_growing_by_two_shows_the_middle_half() -> None:
    image = torch.zeros(1, 8, 8)
    image[0, 2:6, 2:6] = 1
    assert float(transformed(image, scaled(2, 8)).min()) > 0.4
    assert float(transformed(image, scaled(0.5, 8)).sum()) == pytest.approx(4, abs=0.1)
    _close(transformed(image, scaled(1, 8)), image)


def test_distances_are_euclidean_between_flattened_features(
    stack: nn.Sequential, images: Tensor
) -> None:
    found = distances(stack, images[0], images[1:], ("relu1", "output"))
    features = stack.conv1(images).relu().detach().flatten(1).numpy()
    np.testing.assert_allclose(
        found[0].numpy(), np.linalg.norm(features[1:] - features[0], axis=1), rtol=1e-4
    )
    assert found.shape == (2, 5)


def test_the_landmarks_are_the_first_activation_and_the_last_layer(
    stack: nn.Sequential, images: Tensor
) -> None:
    assert landmarks(stack, images) == ("relu1", "output")


def test_untouched_images_are_at_distance_zero_and_a_unit_is_another_image(
    stack: nn.Sequential, images: Tensor
) -> None:
    layers = ("relu1", "output")
    figure = invariance(stack, images[:2], [0, 1], ["a", "b"], title="net", layers=layers)
    shift = figure.axes[0].get_lines()[0]
    steps, values = np.asarray(shift.get_xdata()), np.asarray(shift.get_ydata())
    assert values[steps == 0] == pytest.approx(0, abs=1e-4)
    seen = stack.conv1(images[:2]).relu().detach().flatten(1)
    moved = transformed(images[0], shifted(8, 8))
    far = stack.conv1(moved[None]).relu().detach().flatten(1)
    expected = (far - seen[0]).norm() / (seen[1] - seen[0]).norm()
    assert values[-1] == pytest.approx(float(expected), rel=1e-4)


def test_only_a_judge_has_probabilities(stack: nn.Sequential, images: Tensor) -> None:
    layers = ("relu1", "output")
    both = [
        invariance(stack, images[:2], [0, 1], "ab", title="", layers=layers, judges=judges)
        for judges in (True, False)
    ]
    assert [len(figure.axes) for figure in both] == [9, 6]
    with pytest.raises(PictureError, match="no layer 'conv9'"):
        invariance(stack, images, [0], "a", title="", layers=("conv9", "output"))
