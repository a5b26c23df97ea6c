import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import conv_transpose2d, max_pool2d

from reference_models import find_model
from reference_models.visualise import PictureError, deconvnet, project, unpool
from reference_models.visualise.deconvnet import (
    Strongest,
    at_strongest,
    crops,
    deepest_activation,
    plain_layers,
    showable_layers,
    strongest,
)


def _slow_unpool(
    images: NDArray[np.float32], signal: NDArray[np.float32], kernel: int, stride: int
) -> NDArray[np.float32]:
    """Look for each window's maximum again, and add the window's signal there."""
    result = np.zeros_like(images)
    for (b, c, i, j), value in np.ndenumerate(signal):
        top, left = i * stride, j * stride
        window = images[b, c, top : top + kernel, left : left + kernel]
        row, column = np.unravel_index(window.argmax(), window.shape)
        result[b, c, top + row, left + column] += value
    return result


@settings(max_examples=60)
@given(
    kernel=st.integers(1, 3),
    stride=st.integers(1, 3),
    height=st.integers(3, 7),
    width=st.integers(3, 7),
    seed=st.integers(0, 2**16),
)
def test_unpooling_puts_every_value_where_its_maximum_was(
    kernel: int, stride: int, height: int, width: int, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    places = [torch.randperm(height * width, generator=generator) for _ in range(4)]
    images = torch.stack(places).view(2, 2, height, width).float()  # no two values are alike
    pooled, switches = max_pool2d(images, kernel, stride, return_indices=True)
    signal = torch.randn(pooled.shape, generator=generator)
    back = unpool(signal, switches, (height, width))
    expected = _slow_unpool(images.numpy(), signal.numpy(), kernel, stride)
    np.testing.assert_allclose(back.numpy(), expected, rtol=1e-5, atol=1e-6)


def _slow_correlation_transposed(
    signal: NDArray[np.float32], weights: NDArray[np.float32], stride: int, size: int
) -> NDArray[np.float32]:
    """Every value of the signal lays its filter, weighted, where it looked."""
    kernel = weights.shape[-1]
    result = np.zeros((weights.shape[1], size, size), dtype=np.float32)
    for (channel, i, j), value in np.ndenumerate(signal):
        rows, columns = (
            slice(i * stride, i * stride + kernel),
            slice(j * stride, j * stride + kernel),
        )
        result[:, rows, columns] += value * weights[channel]
    return result


def test_a_projection_is_pools_switches_relus_and_transposed_filters(
    stack: nn.Sequential, images: Tensor
) -> None:
    image, at = images[0], (2, 1, 1)
    stack.eval()
    active = stack.relu1(stack.conv1(image[None])).detach()
    pooled = stack.pool1(active)
    value = float(stack[:6](image[None]).detach()[(0, *at)])
    signal = np.zeros((5, 2, 2), dtype=np.float32)
    signal[at] = max(value, 0.0)  # back through the tanh: a ReLU
    weights = [layer.weight.detach().numpy() for layer in (stack.conv2, stack.conv1)]
    padded = _slow_correlation_transposed(signal, weights[0], 2, 5)
    unpadded = padded[:, :4, :4]
    assert pooled.shape[1:] == unpadded.shape
    unpooled = _slow_unpool(active.numpy(), unpadded[None], 2, 2)[0]
    pixels = _slow_correlation_transposed(np.maximum(unpooled, 0), weights[1], 1, 10)[:, 1:9, 1:9]
    result = project(stack, image, "tanh2", at)
    np.testing.assert_allclose(result.numpy(), pixels, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("padding", "stride", "kernel"), [(1, 1, 3), (2, 1, 4), (0, 2, 3), (2, 3, 5)]
)
def test_convolutions_run_back_through_their_transpose(
    padding: int, stride: int, kernel: int
) -> None:
    model = nn.Sequential(nn.Conv2d(2, 3, kernel, stride, padding))
    image = torch.rand(2, 11, 11)
    output = model(image[None])
    signal = torch.zeros_like(output)
    signal[0, 1, 2, 1] = output[0, 1, 2, 1]
    lost = (11 + 2 * padding - kernel) % stride
    expected = conv_transpose2d(
        signal, model[0].weight, stride=stride, padding=padding, output_padding=lost
    )
    torch.testing.assert_close(project(model, image, "0", (1, 2, 1)), expected[0].detach())


def test_averages_and_normalisation_run_back_through_their_transpose() -> None:
    norm = nn.BatchNorm2d(1)
    norm.running_var.fill_(4.0)
    model = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), norm, nn.AvgPool2d(2))
    with torch.no_grad():
        model[0].weight.fill_(3.0)
    image = torch.rand(1, 4, 4)
    value = float(model.eval()(image[None]).detach()[0, 0, 1, 0])
    expected = torch.zeros(1, 4, 4)
    expected[0, 2:, :2] = value / 4 * 3 / (4 + norm.eps) ** 0.5
    torch.testing.assert_close(project(model, image, "2", (0, 1, 0)), expected)


def test_the_strongest_activations_are_found_over_all_images(
    stack: nn.Sequential, images: Tensor
) -> None:
    output = stack[:6].eval()(images).detach()
    found = strongest(stack, images, "tanh2", 3)
    peaks = output.amax((0, 2, 3)).sort(descending=True)
    assert [each.channel for each in found] == peaks.indices[:3].tolist()
    for each in found:
        place = (each.image, each.channel, each.row, each.column)
        assert float(output[place]) == pytest.approx(each.value)
        assert each.value == pytest.approx(float(output[:, each.channel].max()))


def test_dead_channels_are_left_out_but_can_be_asked_for() -> None:
    model = nn.Sequential(nn.Conv2d(1, 3, 1), nn.ReLU())
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([-1.0, 2.0, -1.0]).view(3, 1, 1, 1))
        model[0].bias.zero_()
    images = torch.zeros(2, 1, 4, 4)
    images[1, 0, 2, 3] = 1
    assert strongest(model, images, "1", 3) == [Strongest(1, 1, 2, 3, 2.0)]
    assert at_strongest(model, images, "1", 1) == Strongest(1, 1, 2, 3, 2.0)
    assert at_strongest(model, images, "1", 0).value == 0


def test_plain_layers_end_where_the_images_do(stack: nn.Sequential) -> None:
    assert list(plain_layers(stack))[-1] == "dropout"
    assert showable_layers(stack) == ["conv1", "relu1", "pool1", "conv2", "tanh2"]
    assert deepest_activation(stack) == "tanh2"


def test_nested_stacks_are_taken_in_place() -> None:
    inner = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU())
    model = nn.Sequential(inner, nn.MaxPool2d(2), nn.Flatten(), nn.Linear(18, 2))
    assert list(plain_layers(model)) == ["0.0", "0.1", "1"]


def test_models_that_are_no_plain_stack_are_refused() -> None:
    for model in (nn.Linear(2, 2), nn.Sequential(nn.Flatten(), nn.Linear(4, 2))):
        with pytest.raises(PictureError, match="plain stack"):
            deepest_activation(model)


def test_dropping_out_is_off_and_the_mode_stays(stack: nn.Sequential, images: Tensor) -> None:
    stack.train()
    first = project(stack, images[0], "tanh2", (0, 0, 0))
    torch.testing.assert_close(first, project(stack, images[0], "tanh2", (0, 0, 0)))
    assert stack.training


def test_crops_are_squares_of_one_size_round_what_is_not_zero() -> None:
    first, second, empty = torch.zeros(3, 1, 10, 10)
    first[0, 0:4, 2:4] = 1
    second[0, 9, 9] = 1
    found = crops([first, second, empty])
    assert [(box.row, box.column, box.side) for box in found] == [(0, 1, 4), (6, 6, 4), (0, 0, 4)]
    assert float(found[0].of(first).sum()) == 8


def test_the_figure_shows_image_patch_and_projection_of_every_channel(
    stack: nn.Sequential, images: Tensor
) -> None:
    figure = deconvnet(stack, images, title="net", count=2)
    first = strongest(stack, images, "tanh2", 1)[0]
    plots = figure.axes
    assert len(plots) == 6
    np.testing.assert_allclose(plots[0].images[0].get_array(), images[first.image, 0])
    assert plots[0].get_title() == f"channel {first.channel + 1}"
    assert plots[2].images[0].get_array().shape == plots[4].images[0].get_array().shape


def test_the_networks_of_the_catalogue_can_be_taken_apart() -> None:
    model = find_model("dat565/lenet").build()
    assert showable_layers(model)[-1] == "pool3"
    pixels = project(model, torch.rand(1, 28, 28), "relu3", (0, 5, 5))
    assert pixels.shape == (1, 28, 28)
