import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from reference_models.data import scale_pixels


@given(st.lists(st.integers(0, 255), min_size=1, max_size=20))
def test_raw_keeps_values_and_unit_divides_by_255(values: list[int]) -> None:
    pixels = torch.tensor(values, dtype=torch.uint8)
    assert scale_pixels(pixels, "raw").tolist() == [float(value) for value in values]
    torch.testing.assert_close(scale_pixels(pixels, "unit"), torch.tensor(values) / 255)
    assert pixels.tolist() == values


@given(arrays(np.uint8, st.tuples(st.integers(1, 3), *[st.integers(1, 3)] * 3)))
def test_standard_is_each_image_less_its_mean_over_its_deviation(images: np.ndarray) -> None:
    pixels = torch.from_numpy(images.copy())
    scaled = scale_pixels(pixels, "standard")
    for image, found in zip(images.astype(np.float64), scaled, strict=True):
        centred, deviation = image - image.mean(), image.std()
        expected = centred / deviation if deviation else centred
        np.testing.assert_allclose(found.numpy(), expected, atol=2e-6)
    assert pixels.numpy().tolist() == images.tolist()


@given(st.integers(0, 255))
def test_a_flat_image_is_standardised_to_zeros(value: int) -> None:
    flat = torch.full((1, 1, 28, 28), value, dtype=torch.uint8)
    assert not scale_pixels(flat, "standard").any()


def test_signed_pixels_and_the_square_have_mean_zero() -> None:
    assert scale_pixels(torch.tensor([0, 255]), "signed").tolist() == [-1, 1]
    points = torch.rand(10_000, 2, generator=torch.Generator().manual_seed(0)) * 1000
    seen = scale_pixels(points, "square")
    assert seen.mean().abs() < 0.05
    torch.testing.assert_close(seen.std(), torch.tensor(1.0), atol=0.02, rtol=0)
