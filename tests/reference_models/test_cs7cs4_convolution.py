import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.signal import correlate2d

from reference_models import find_model
from reference_models.cs7cs4.convolution import (
    EDGES,
    SHARPEN,
    ConvolutionError,
    convolve2d,
    convolve2d_as_reported,
    convolve2d_fast,
)

Matrix = NDArray[np.int64]


@st.composite
def _pairs(draw: st.DrawFn, smallest: int = 1) -> tuple[Matrix, Matrix]:
    """An image and a kernel that fits into it; neither need be square."""
    size = st.tuples(st.integers(smallest, 4), st.integers(smallest, 4))
    rows, columns = draw(size)
    shape = rows + draw(st.integers(0, 4)), columns + draw(st.integers(0, 4))
    image = draw(arrays(np.uint8, shape, elements=st.integers(0, 255)))
    kernel = draw(arrays(np.int64, (rows, columns), elements=st.integers(-9, 9)))
    return image, kernel


@given(_pairs())
def test_both_ways_are_scipys_correlation(pair: tuple[Matrix, Matrix]) -> None:
    image, kernel = pair
    expected = correlate2d(image.astype(np.int64), kernel, mode="valid")
    for convolve in (convolve2d, convolve2d_fast):
        result = convolve(image, kernel)
        assert result.dtype == np.int64
        np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("convolve", [convolve2d, convolve2d_fast])
@pytest.mark.parametrize("size", [(1, 1), (2, 3), (3, 3), (5, 4), (30, 30)])
def test_real_numbers_come_out_as_torch_has_them(convolve, size: tuple[int, int]) -> None:
    generator = np.random.default_rng(0)
    image, kernel = generator.normal(size=(30, 30)), generator.normal(size=size)
    expected = torch.nn.functional.conv2d(
        torch.from_numpy(image)[None, None], torch.from_numpy(kernel)[None, None]
    )
    np.testing.assert_allclose(convolve(image, kernel), expected[0, 0].numpy(), atol=1e-10)


@pytest.mark.parametrize("convolve", [convolve2d, convolve2d_fast, convolve2d_as_reported])
@pytest.mark.parametrize(
    ("image", "kernel", "complaint"),
    [
        (np.zeros((3, 3)), np.zeros((4, 1)), r"\(4, 1\) does not fit into an image of \(3, 3\)"),
        (np.zeros((3, 3, 3)), np.zeros((2, 2)), "must be two-dimensional"),
        (np.zeros((3, 3)), np.zeros(3), "must be two-dimensional"),
        (np.zeros((3, 3)), np.zeros((0, 2)), "the kernel not empty"),
    ],
)
def test_what_cannot_be_convolved_is_refused_in_one_line(
    convolve, image: Matrix, kernel: Matrix, complaint: str
) -> None:
    with pytest.raises(ConvolutionError, match=complaint) as caught:
        convolve(image, kernel)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("kernel", "right", "reported"), [(EDGES, 0, 500), (SHARPEN, 400, 600)], ids=["k1", "k2"]
)
def test_a_flat_image_tells_the_reports_function_from_a_convolution(
    kernel: Matrix, right: int, reported: int
) -> None:
    flat = np.full((30, 30), 100, dtype=np.uint8)
    assert np.array_equal(convolve2d(flat, kernel), np.full((28, 28), right))
    assert np.array_equal(convolve2d_as_reported(flat, kernel), np.full((28, 28), reported))


@given(_pairs(smallest=2))
def test_the_reports_function_correlates_with_the_kernels_top_left_block(
    pair: tuple[Matrix, Matrix],
) -> None:
    image, kernel = pair
    rows, columns = convolve2d(image, kernel).shape
    block = correlate2d(image.astype(np.int64), kernel[:-1, :-1], mode="valid")
    result = convolve2d_as_reported(image, kernel)
    np.testing.assert_array_equal(result, block[:rows, :columns])


def test_the_model_gives_both_kernels_results_as_channels() -> None:
    card = find_model("cs7cs4/convolution")
    pixels = torch.randint(0, 256, (2, *card.input_shape)).float()
    answers = card.build()(pixels)
    for image, answer in zip(pixels[:, 0], answers, strict=True):
        for channel, kernel in zip(answer, (EDGES, SHARPEN), strict=True):
            np.testing.assert_array_equal(channel.numpy(), convolve2d(image.numpy(), kernel))
