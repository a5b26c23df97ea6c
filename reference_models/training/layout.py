"""Memory layout of convolutional networks on a CPU, and the pools that go with it.

Two things are slow in torch's CPU kernels for small images, measured with the LeNet-like network
of DAT565 (docs/training.md has the table):

- stride-1 2x2 pools: the general kernels walk windows one value at a time. Two shifted
  element-wise passes per direction give the same values, vectorised.
- a gradient whose memory layout differs from its activation's: `threshold_backward` then falls off
  its vectorised path and costs forty times as much. So everything between the first convolution and
  the flatten stays channels-last, and the pools below hand back channels-last gradients.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

_WIDE = 16
"""From so many channels on a normalisation is as fast with channels innermost."""


def lives_on_cpu(model: nn.Module) -> bool:
    """Whether all that `model` holds is where these kernels are."""
    return all(tensor.is_cpu for tensor in (*model.parameters(), *model.buffers()))


def convolves(model: nn.Module) -> bool:
    """Whether `model` holds a convolution of images."""
    return any(isinstance(module, nn.Conv2d) for module in model.modules())


def normalises_few_channels(model: nn.Module) -> bool:
    """Whether `model` holds a normalisation that loses with channels innermost.

    That takes two to four times as long then.
    """
    norms = (module for module in model.modules() if isinstance(module, nn.BatchNorm2d))
    return any(norm.num_features < _WIDE for norm in norms)


def gains_from_layout(model: nn.Module) -> bool:
    """Whether `model` is faster with channels innermost: on the CPU, whose kernels these are."""
    return convolves(model) and not normalises_few_channels(model) and lives_on_cpu(model)


def laid_out(inputs: Tensor, *, channels_last: bool) -> Tensor:
    """`inputs`, which if they are images have channels innermost in memory on demand."""
    return as_channels_last(inputs) if channels_last and inputs.ndim == 4 else inputs


def as_channels_last(images: Tensor) -> Tensor:
    """The same `(B, C, H, W)` values with channels innermost in memory.

    A single channel lies so anyway, but torch's kernels ask the strides, and take those of a
    contiguous tensor for the other layout: its maps would be laid out anew by a later layer.
    """
    _, channels, height, width = images.shape
    if channels == 1:
        return images.contiguous().as_strided(images.shape, (height * width, 1, width, 1))
    return images.contiguous(memory_format=torch.channels_last)


def pairwise_pool(pool: nn.MaxPool2d | nn.AvgPool2d) -> nn.Module | None:
    """What computes the same as `pool`, if that is 2x2 at stride 1; None for any other."""
    if not _overlaps_by_one(pool):
        return None
    return _PairwiseMaxPool() if isinstance(pool, nn.MaxPool2d) else _PairwiseAvgPool()


def _overlaps_by_one(pool: nn.MaxPool2d | nn.AvgPool2d) -> bool:
    plain = not pool.ceil_mode and pool.padding in (0, (0, 0))
    if isinstance(pool, nn.MaxPool2d):
        plain = plain and pool.dilation in (1, (1, 1)) and not pool.return_indices
    else:
        plain = plain and pool.divisor_override is None
    return plain and pool.kernel_size in (2, (2, 2)) and pool.stride in (1, (1, 1))


class _PairwiseMaxPool(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        pooled: Tensor = _PairwiseMax.apply(images)
        return pooled


class _PairwiseAvgPool(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        pooled: Tensor = _PairwiseAvg.apply(images)
        return pooled


def _to_rows(images: Tensor) -> Tensor:
    """`(B, C, H, W)` in any layout to a dense `(B, H, W, C)`."""
    return images.permute(0, 2, 3, 1).contiguous()


def _from_rows(rows: Tensor) -> Tensor:
    return rows.permute(0, 3, 1, 2)


class _PairwiseMax(torch.autograd.Function):
    """Maximum over 2x2 windows at stride 1; a tie goes to the first in row-major order."""

    @staticmethod
    def forward(ctx: Any, images: Tensor) -> Tensor:
        x = _to_rows(images)
        wide = torch.maximum(x[:, :, :-1], x[:, :, 1:])
        ctx.save_for_backward(x, wide)
        return _from_rows(torch.maximum(wide[:, :-1], wide[:, 1:]))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        x, wide = ctx.saved_tensors
        upper, lower = _share(_to_rows(gradients[0]), wide[:, :-1], wide[:, 1:])
        rows = pad(upper, (0, 0, 0, 0, 0, 1))
        rows[:, 1:] += lower
        left, right = _share(rows, x[:, :, :-1], x[:, :, 1:])
        columns = pad(left, (0, 0, 0, 1))
        columns[:, :, 1:] += right
        return _from_rows(columns)


def _share(gradient: Tensor, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Split `gradient` between two candidates; the second wins only if strictly greater."""
    to_second = torch.ops.aten.threshold_backward(gradient, second - first, 0)
    return gradient - to_second, to_second


class _PairwiseAvg(torch.autograd.Function):
    """Mean over 2x2 windows at stride 1."""

    @staticmethod
    def forward(ctx: Any, images: Tensor) -> Tensor:  # noqa: ARG004 (torch's signature)
        x = _to_rows(images)
        wide = x[:, :, :-1] + x[:, :, 1:]
        return _from_rows((wide[:, :-1] + wide[:, 1:]).mul_(0.25))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:  # noqa: ARG004 (torch's signature)
        gradient = pad(_to_rows(gradients[0]), (0, 0, 1, 1, 1, 1))
        rows = gradient[:, :-1] + gradient[:, 1:]
        return _from_rows((rows[:, :, :-1] + rows[:, :, 1:]).mul_(0.25))
