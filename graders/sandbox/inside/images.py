"""Images laid out as an exported model declares its input, in batches of the size that it takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from .frames import Refusal

if TYPE_CHECKING:
    from torch import Tensor

Shape = Sequence[int | None]
"""Sizes of a declared input; None where the model leaves one open."""


def arrange(images: Tensor, shape: Shape, *, channels_last: bool = False) -> Tensor:
    """Return `images` `(B, C, H, W)` in the layout of `shape`, which leaves out the batch.

    Where several layouts would fit, `channels_last` says which of them is meant. A flat input gets
    the values in the same order. Other than four-dimensional inputs stay as they are.
    """
    if images.ndim != 4:
        return images
    last = images.permute(0, 2, 3, 1)
    layouts = [last, images] if channels_last else [images, last]
    if images.shape[1] == 1:
        layouts.append(images[:, 0])
    layouts.append(layouts[0].flatten(1))
    for layout in layouts:
        if _fits(layout.shape[1:], shape):
            return layout.contiguous()
    _, channels, height, width = images.shape
    raise Refusal(
        f"the model takes inputs of {_words(shape)}, and the images are {channels}x{height}x{width}"
    )


def in_batches(run: Callable[[Tensor], Tensor], inputs: Tensor, size: int | None) -> Tensor:
    """Return `run(inputs)`; a model exported for batches of `size` alone gets those, padded."""
    import torch

    if size is None:
        return run(inputs)
    answers = []
    for start in range(0, len(inputs), size):
        batch = inputs[start : start + size]
        missing = size - len(batch)
        padded = torch.cat([batch, batch[:1].expand(missing, *batch.shape[1:])])
        answers.append(run(padded)[: len(batch)])
    return torch.cat(answers)


def _fits(sizes: Sequence[int], shape: Shape) -> bool:
    return len(sizes) == len(shape) and all(
        wanted in (None, size) for size, wanted in zip(sizes, shape, strict=True)
    )


def _words(shape: Shape) -> str:
    return "x".join("?" if size is None else str(size) for size in shape) or "no size"
