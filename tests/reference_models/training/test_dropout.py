import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from reference_models.training.dropout import BitwiseDropout
from reference_models.training.layout import as_channels_last


@pytest.mark.parametrize("p", [0.1, 0.2, 0.5, 0.9])
def test_it_drops_as_many_as_it_should_wherever_they_lie(p: float) -> None:
    torch.manual_seed(0)
    kept = (BitwiseDropout(p)(torch.ones(500, 1000)) != 0).double()
    assert abs(kept.mean() - (1 - p)) < 5 * (p * (1 - p) / kept.numel()) ** 0.5
    for side in (0, 1):  # five deviations, 1,500 means
        spread = (p * (1 - p) / kept.shape[side]) ** 0.5
        assert (kept.mean(side) - (1 - p)).abs().max() < 5 * spread


def test_neighbours_are_dropped_independently() -> None:
    torch.manual_seed(0)
    kept = (BitwiseDropout(0.5)(torch.ones(1_000_000)) != 0).double() * 2 - 1
    for apart in (1, 2, 3, 4, 8, 64):  # four values share a draw
        assert abs((kept[apart:] * kept[:-apart]).mean()) < 5e-3


@given(
    shape=st.lists(st.integers(0, 5), max_size=4),
    p=st.floats(0, 0.9),
    seed=st.integers(0, 2**16),
)
def test_a_value_is_dropped_or_scaled_and_so_is_its_gradient(
    shape: list[int], p: float, seed: int
) -> None:
    torch.manual_seed(seed)
    values = torch.rand(shape).add_(0.5).requires_grad_()
    out = BitwiseDropout(p)(values)
    scale = 65536 / (65536 - round(p * 65536))
    expected = torch.where(out == 0, 0, scale)
    torch.testing.assert_close(out, values * expected)
    (gradient,) = torch.autograd.grad(out.sum(), values)
    torch.testing.assert_close(gradient, expected)


def test_images_keep_their_layout_and_every_channel_is_dropped_alike() -> None:
    torch.manual_seed(0)
    images = as_channels_last(torch.ones(64, 8, 20, 20))
    out = BitwiseDropout(0.5)(images)
    assert out.is_contiguous(memory_format=torch.channels_last)
    assert ((out != 0).double().mean((0, 2, 3)) - 0.5).abs().max() < 0.02


def test_what_is_a_part_of_something_is_dropped_too() -> None:
    torch.manual_seed(0)
    whole = torch.ones(40, 40)
    out = BitwiseDropout(0.5)(whole.t()[::2, 1:])
    assert out.shape == (20, 39)
    assert 0.4 < (out != 0).double().mean() < 0.6


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float64])
def test_values_keep_their_type(kind: torch.dtype) -> None:
    torch.manual_seed(0)
    out = BitwiseDropout(0.2)(torch.ones(1000, dtype=kind))
    assert out.dtype == kind
    scale = torch.tensor(65536 / (65536 - 13107), dtype=kind)
    assert torch.equal(out.unique(), torch.stack((scale * 0, scale)))


def test_masks_follow_torchs_seed() -> None:
    dropout, values = BitwiseDropout(0.5), torch.ones(100)
    torch.manual_seed(3)
    first, second = dropout(values), dropout(values)
    torch.manual_seed(3)
    assert torch.equal(dropout(values), first)
    assert not torch.equal(first, second)


def test_in_evaluation_nothing_is_dropped() -> None:
    values = torch.ones(7)
    assert BitwiseDropout(0.5).eval()(values) is values


def test_it_is_a_dropout_to_whoever_asks() -> None:
    dropout = BitwiseDropout(0.25)
    assert isinstance(dropout, nn.Dropout)
    assert dropout.p == 0.25
