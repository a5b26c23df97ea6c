"""Part (i) of the exercise: a two-dimensional convolution by hand, and its two kernels."""

from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reference_models.errors import GradebenchError

Array = NDArray[Any]

EDGES: Final = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]])
"""The exercise's first kernel: -1 all round and 8 in the middle; 0 on a constant image."""

SHARPEN: Final = np.array([[0, -1, 0], [-1, 8, -1], [0, -1, 0]])
"""Its second kernel: a cross of -1 round 8, zero corners; 4 times a constant image."""


class ConvolutionError(GradebenchError):
    """An image and a kernel that cannot be convolved."""


def convolve2d(image: ArrayLike, kernel: ArrayLike) -> Array:
    """Slide `kernel` `(k, l)` over `image` `(h, w)` and sum the products, by plain loops.

    No padding, stride 1, and no flip: what deep learning calls a convolution. The result is
    `(h - k + 1, w - l + 1)`; integers are summed as int64, so that a uint8 image neither wraps nor
    overflows. Raises ConvolutionError where the kernel does not fit.
    """
    pixels, weights = _checked(image, kernel)
    rows, columns = (a - b + 1 for a, b in zip(pixels.shape, weights.shape, strict=True))
    result = np.zeros((rows, columns), dtype=np.result_type(pixels, weights))
    for row in range(rows):
        for column in range(columns):
            total = result.dtype.type(0)
            for i in range(weights.shape[0]):
                for j in range(weights.shape[1]):
                    total += pixels[row + i, column + j] * weights[i, j]
            result[row, column] = total
    return result


def convolve2d_fast(image: ArrayLike, kernel: ArrayLike) -> Array:
    """The same as `convolve2d`, all windows at once."""
    pixels, weights = _checked(image, kernel)
    windows = np.lib.stride_tricks.sliding_window_view(pixels, weights.shape)
    result: Array = np.einsum("hwij,ij->hw", windows, weights)
    return result


def convolve2d_as_reported(image: ArrayLike, kernel: ArrayLike) -> Array:
    """What the report's own function computes for kernels of at least 2x2: not a convolution.

    Its inner loops run to `k - 1` exclusive, so the kernel's last row and column are never used: a
    3x3 kernel acts as its top-left 2x2 block, on as many windows as the whole kernel has. Feedback
    recognises a submission with that mistake by this function.
    """
    pixels, weights = _checked(image, kernel)
    rows, columns = (a - b + 1 for a, b in zip(pixels.shape, weights.shape, strict=True))
    if min(weights.shape) < 2:
        raise ConvolutionError("the report's function is described for kernels of at least 2x2")
    return convolve2d_fast(pixels, weights[:-1, :-1])[:rows, :columns]


def _checked(image: ArrayLike, kernel: ArrayLike) -> tuple[Array, Array]:
    pixels, weights = _widened(np.asarray(image)), _widened(np.asarray(kernel))
    if pixels.ndim != 2 or weights.ndim != 2 or 0 in weights.shape:
        raise ConvolutionError(
            "image and kernel must be two-dimensional and the kernel not empty, "
            f"not {pixels.shape} and {weights.shape}"
        )
    if any(k > n for k, n in zip(weights.shape, pixels.shape, strict=True)):
        raise ConvolutionError(
            f"a kernel of {weights.shape} does not fit into an image of {pixels.shape}"
        )
    return pixels, weights


def _widened(values: Array) -> Array:
    return values.astype(np.int64) if values.dtype.kind in "biu" else values
