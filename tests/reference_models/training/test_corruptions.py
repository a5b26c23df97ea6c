import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from reference_models.training.corruptions import Corruption, Gaussian, SaltAndPepper, Zeroing

_STRENGTHS = st.floats(0, 1)
_CORRUPTIONS = st.one_of(
    st.builds(Gaussian, _STRENGTHS),
    st.builds(SaltAndPepper, _STRENGTHS),
    st.builds(Zeroing, _STRENGTHS),
)


def _images(seed: int, count: int = 3) -> Tensor:
    return torch.rand(count, 1, 6, 5, generator=torch.Generator().manual_seed(seed)) * 2 - 1


@given(_CORRUPTIONS, st.integers(0, 1000))
def test_noise_keeps_shape_and_range_and_leaves_its_argument_alone(
    corruption: Corruption, seed: int
) -> None:
    images = _images(seed)
    before = images.clone()
    noisy = corruption(images)
    assert torch.equal(images, before)
    assert noisy.shape == images.shape
    assert noisy.dtype == images.dtype
    assert float(noisy.abs().max()) <= 1


@given(_CORRUPTIONS, st.integers(0, 1000))
def test_the_random_state_decides_the_noise(corruption: Corruption, seed: int) -> None:
    images = _images(seed)
    results = []
    for _ in range(2):
        torch.manual_seed(seed)
        results.append(corruption(images))
    assert torch.equal(*results)


@pytest.mark.parametrize("corruption", [Gaussian(0.0), SaltAndPepper(0.0), Zeroing(0.0)])
def test_noise_of_no_strength_changes_nothing(corruption: Corruption) -> None:
    assert torch.equal(corruption(_images(0)), _images(0))


@pytest.mark.parametrize("corruption", [Gaussian(0.5), SaltAndPepper(0.1), Zeroing(0.2)])
def test_two_draws_differ(corruption: Corruption) -> None:
    images = _images(0, count=40)
    assert not torch.equal(corruption(images), corruption(images))


def test_gaussian_noise_has_its_deviation_and_is_clamped() -> None:
    torch.manual_seed(0)
    small = Gaussian(0.1)(torch.zeros(100_000))
    assert float(small.mean()) == pytest.approx(0, abs=0.002)
    assert float(small.std()) == pytest.approx(0.1, abs=0.002)
    wide = Gaussian(0.5)(torch.ones(100_000))
    assert float(wide.max()) == 1
    assert float((wide == 1).float().mean()) == pytest.approx(0.5, abs=0.01)


def test_salt_and_pepper_share_their_values_evenly() -> None:
    torch.manual_seed(0)
    noisy = SaltAndPepper(0.1)(torch.full((100_000,), 0.25))
    shares = [float((noisy == value).float().mean()) for value in (-1.0, 1.0, 0.25)]
    assert shares == pytest.approx([0.05, 0.05, 0.9], abs=0.004)


def test_zeroing_takes_its_share_and_no_other_value() -> None:
    torch.manual_seed(0)
    noisy = Zeroing(0.2)(torch.full((100_000,), -0.75))
    shares = [float((noisy == value).float().mean()) for value in (0.0, -0.75)]
    assert shares == pytest.approx([0.2, 0.8], abs=0.006)
