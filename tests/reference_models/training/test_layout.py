import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from reference_models.training.forms import fast_form
from reference_models.training.layout import as_channels_last, gains_from_layout

_POOLS = st.sampled_from([nn.MaxPool2d(2, stride=1), nn.AvgPool2d(2, stride=1)])


@given(
    pool=_POOLS,
    shape=st.tuples(*[st.integers(1, 3)] * 2, *[st.integers(2, 6)] * 2),
    levels=st.integers(1, 4),
    seed=st.integers(0, 2**16),
    channels_last=st.booleans(),
)
def test_a_fast_pool_gives_torchs_values_and_gradients_ties_included(
    *, pool: nn.Module, shape: tuple[int, ...], levels: int, seed: int, channels_last: bool
) -> None:
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, levels, shape, generator=generator).float()
    images = as_channels_last(images) if channels_last else images
    plain, fast = images.clone().requires_grad_(), images.clone().requires_grad_()
    expected, actual = pool(plain), fast_form(nn.Sequential(pool))(fast)
    torch.testing.assert_close(actual, expected)
    weights = torch.rand(expected.shape, generator=generator)
    (expected * weights).sum().backward()
    (actual * weights).sum().backward()
    torch.testing.assert_close(fast.grad, plain.grad)


@pytest.mark.parametrize(
    "pool",
    [
        nn.MaxPool2d(2),
        nn.MaxPool2d(3, stride=1),
        nn.MaxPool2d(2, stride=1, padding=1),
        nn.MaxPool2d(2, stride=1, dilation=2),
        nn.MaxPool2d(2, stride=1, return_indices=True),
        nn.AvgPool2d(2),
        nn.AvgPool2d(2, stride=1, divisor_override=3),
        nn.AvgPool2d(2, stride=1, padding=1),
    ],
)
def test_other_pools_are_left_alone(pool: nn.Module) -> None:
    assert type(fast_form(nn.Sequential(pool))[0]) is type(pool)


def test_pools_beside_narrow_normalisations_are_left_alone() -> None:
    pool = nn.MaxPool2d(2, stride=1)
    assert fast_form(nn.Sequential(nn.BatchNorm2d(16), pool))[1] is not pool
    narrow = nn.Sequential(nn.BatchNorm2d(4), pool)
    assert fast_form(narrow) is narrow


def test_only_a_convolution_on_the_cpu_gains_from_layout() -> None:
    assert gains_from_layout(nn.Sequential(nn.Sequential(nn.Conv2d(1, 1, 1))))
    assert not gains_from_layout(nn.Sequential(nn.Linear(1, 1)))
    assert not gains_from_layout(nn.Conv2d(1, 1, 1, device="meta"))


def test_a_normalisation_of_few_channels_does_not() -> None:
    assert not gains_from_layout(nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4)))
    assert gains_from_layout(nn.Sequential(nn.Conv2d(1, 16, 3), nn.BatchNorm2d(16)))


@given(shape=st.tuples(*[st.integers(1, 4)] * 4), plain=st.booleans())
def test_images_laid_out_are_the_same_images(*, shape: tuple[int, ...], plain: bool) -> None:
    images = torch.rand(shape)
    given = images if plain else images.flip(0).transpose(2, 3)
    laid = as_channels_last(given)
    torch.testing.assert_close(laid, given, rtol=0, atol=0)
    assert laid.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_convolution_goes_on_in_the_layout_that_it_is_shown(channels: int) -> None:
    maps = nn.Conv2d(channels, 8, 3)(as_channels_last(torch.rand(2, channels, 9, 9)))
    assert maps.is_contiguous(memory_format=torch.channels_last)
