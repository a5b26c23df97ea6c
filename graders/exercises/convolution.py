"""CS7CS4, part (i): `convolve2d(image, kernel)`, and the report's own way to get it wrong."""

from collections.abc import Iterator

import numpy as np

from graders.exercises.exercise import Array, Case, Diagnosis, Exercise
from reference_models.cs7cs4.convolution import (
    EDGES,
    SHARPEN,
    convolve2d_as_reported,
    convolve2d_fast,
)

_SQUARE = "square kernels"
_OTHER = "kernels that are not square"
_SMALL = "kernels of one number"
_BYTES = "images of bytes (uint8)"
_OWN = "the exercise's two kernels"

_Shape = tuple[int, int]
_SHAPES: tuple[tuple[str, _Shape, _Shape], ...] = (
    (_SQUARE, (12, 12), (3, 3)),
    (_SQUARE, (9, 14), (3, 3)),
    (_SQUARE, (15, 10), (5, 5)),
    (_SQUARE, (11, 8), (2, 2)),
    (_SQUARE, (8, 11), (4, 4)),
    (_SQUARE, (6, 6), (6, 6)),
    (_OTHER, (10, 12), (2, 3)),
    (_OTHER, (12, 9), (4, 2)),
    (_OTHER, (7, 13), (1, 4)),
    (_OTHER, (13, 7), (5, 1)),
    (_SMALL, (6, 9), (1, 1)),
    (_SMALL, (10, 5), (1, 1)),
)


def _cases(generator: np.random.Generator) -> Iterator[Case]:
    for group, size, kernel_size in _SHAPES:
        yield Case(group, (generator.normal(size=size), generator.normal(size=kernel_size)))
    for kernel in (EDGES, SHARPEN):
        shade = np.full((9, 9), generator.integers(1, 250), dtype=np.int64)
        yield Case(_OWN, (shade, kernel.astype(np.int64)))
        picture = generator.integers(0, 256, size=(14, 11))
        yield Case(_OWN, (picture.astype(np.float64), kernel.astype(np.float64)))
        yield Case(_BYTES, (picture.astype(np.uint8), kernel.astype(np.int64)))


def _as_reported(image: Array, kernel: Array) -> Array | None:
    """The report takes every kernel for a square one."""
    rows, columns = kernel.shape
    return convolve2d_as_reported(image, kernel) if rows == columns > 1 else None


def _flipped(image: Array, kernel: Array) -> Array:
    return convolve2d_fast(image, kernel[::-1, ::-1])


def _transposed(image: Array, kernel: Array) -> Array | None:
    """A square kernel read column by column; what becomes of others is anybody's guess."""
    rows, columns = kernel.shape
    return convolve2d_fast(image, kernel.T) if rows == columns else None


def _padded(image: Array, kernel: Array) -> Array | None:
    """Zeros all round, so that the result is as large as the image, where the middle is plain."""
    rows, columns = kernel.shape
    if rows % 2 == 0 or columns % 2 == 0:
        return None
    margins = ((rows // 2, rows // 2), (columns // 2, columns // 2))
    return convolve2d_fast(np.pad(image, margins), kernel)


def _padded_and_flipped(image: Array, kernel: Array) -> Array | None:
    return _padded(image, kernel[::-1, ::-1])


def _one_short(image: Array, kernel: Array) -> Array:
    """The last row and the last column of the result are never reached."""
    return convolve2d_fast(image, kernel)[:-1, :-1]


def _clipped(image: Array, kernel: Array) -> Array:
    return np.clip(convolve2d_fast(image, kernel), 0, 255)


def _wrapped(image: Array, kernel: Array) -> Array:
    return convolve2d_fast(image, kernel).astype(np.int64).astype(np.uint8)


def _of_the_images_type(image: Array, kernel: Array) -> Array:
    """What `np.zeros_like(image)` can hold."""
    return convolve2d_fast(image, kernel).astype(image.dtype)


def _averaged(image: Array, kernel: Array) -> Array:
    return convolve2d_fast(image, kernel) / kernel.size


CONVOLUTION = Exercise(
    id="cs7cs4/convolution",
    title="Convolution by hand",
    signature="convolve2d(image, kernel)",
    reference=convolve2d_fast,
    groups=(_SQUARE, _OTHER, _SMALL, _BYTES, _OWN),
    cases=_cases,
    diagnoses=(
        Diagnosis(
            "last row and column of the kernel unused",
            _as_reported,
            "The loops over the kernel end one too early: its last row and last column are never "
            "used, so that a 3x3 kernel acts as its top-left 2x2 block. range(k - 1) stops at "
            "k - 2; write range(k). Check it by hand: the first kernel must give 0 on an image of "
            "one colour.",
        ),
        Diagnosis(
            "kernel flipped",
            _flipped,
            "The kernel is flipped: this is the convolution of signal processing. The exercise, as "
            "all of deep learning, slides the kernel as it is (a cross-correlation): multiply "
            "image[row + i, column + j] by kernel[i, j].",
        ),
        Diagnosis(
            "kernel transposed",
            _transposed,
            "The kernel is transposed: rows and columns have changed places. Multiply "
            "image[row + i, column + j] by kernel[i, j], with i for rows in both.",
        ),
        Diagnosis(
            "image padded",
            _padded,
            "The image is padded with zeros, so that the result is as large as the image. The "
            "exercise asks for no padding: (h - k + 1) rows and (w - l + 1) columns.",
        ),
        Diagnosis(
            "image padded and kernel flipped",
            _padded_and_flipped,
            "The image is padded with zeros and the kernel is flipped. The exercise asks for "
            "neither: (h - k + 1) rows, and image[row + i, column + j] times kernel[i, j].",
        ),
        Diagnosis(
            "result one row and column short",
            _one_short,
            "The last row and the last column of the result are missing: there are h - k + 1 "
            "places for the kernel from top to bottom, not h - k.",
        ),
        Diagnosis(
            "result clipped",
            _clipped,
            "The result is clipped to 0 ... 255. Return the sums as they are; clip only to show "
            "them as a picture.",
        ),
        Diagnosis(
            "result of the image's type",
            _of_the_images_type,
            "The result has the image's type of number: in bytes (uint8) 256 becomes 0 and -1 "
            "becomes 255. Sum in integers or floats: np.zeros(shape), not np.zeros_like(image).",
        ),
        Diagnosis(
            "result turned into bytes",
            _wrapped,
            "The result is turned into bytes, where 256 becomes 0 and -1 becomes 255. Sum in "
            "integers or floats, and return them.",
        ),
        Diagnosis(
            "products averaged",
            _averaged,
            "The products are averaged, not summed: do not divide by the kernel's size.",
        ),
    ),
)
