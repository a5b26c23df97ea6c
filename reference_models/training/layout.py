"""The same network in the form that a CPU runs fastest; parameters stay shared with the original.

Two things are slow in torch's CPU kernels for small images, measured with the LeNet-like network
of DAT565 (docs/training.md has the table):

- stride-1 2x2 pools: the general kernels walk windows one value at a time. Two shifted
  element-wise passes per direction give the same values, vectorised.
- a gradient whose memory layout differs from its activation's: `threshold_backward` then falls off
  its vectorised path and costs forty times as much. So everything between the first convolution and
  the flatten stays channels-last, and the pools below hand back channels-last gradients.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from reference_models.training.dropout import BitwiseDropout

_MOST_DROPPED = 0.9
"""Of what is rounded to a 65,536th, the rest must not be a matter of rounding."""

_HOOKS = (
    *("_forward_hooks", "_forward_pre_hooks"),
    *("_backward_hooks", "_backward_pre_hooks"),
)


@runtime_checkable
class HasFastForm(Protocol):
    """A layer that knows itself how a CPU runs it fastest."""

    def fast_form(self) -> nn.Module:
        """A module that computes the same, with the same parameters."""
        ...


def gains_from_layout(model: nn.Module) -> bool:
    """Whether `model` holds a convolution and lives on the CPU, whose kernels these are."""
    convolves = any(isinstance(module, nn.Conv2d) for module in model.modules())
    return convolves and _lives_on_cpu(model)


def fast_form(model: nn.Module) -> nn.Module:
    """Return `model` with the layers replaced that have a faster form; all tensors are shared.

    Those are stride-1 2x2 pools, dropout, and layers that say so themselves, on a CPU. Whatever
    holds none of them is `model`'s own; modules around them are new, and have the same parameters,
    buffers, hooks and attributes. A forward that reaches layers past its module finds the old ones:
    who changes the mode changes that of both.
    """
    return _Twins().of(model) if _lives_on_cpu(model) else model


@contextmanager
def answering(model: nn.Module) -> Iterator[nn.Module]:
    """The faster form of `model` in evaluation mode; afterwards every module is in its own."""
    modes = [(module, module.training) for module in model.modules()]
    form = fast_form(model)
    model.eval()
    form.eval()
    try:
        yield form
    finally:
        for module, training in modes:
            module.training = training


class _Twins:
    """Modules with faster layers inside, one for each that is met, however often."""

    def __init__(self) -> None:
        self._known: dict[nn.Module, nn.Module] = {}

    def of(self, module: nn.Module) -> nn.Module:
        if module not in self._known:
            self._known[module] = _faster(module) or self._around(module)
        return self._known[module]

    def _around(self, module: nn.Module) -> nn.Module:
        held: dict[str, nn.Module | None] = vars(module)["_modules"]
        twins = {name: child and self.of(child) for name, child in held.items()}
        if all(twins[name] is child for name, child in held.items()):
            return module
        shell = module.__new__(type(module))
        vars(shell).update(vars(module), _modules=twins)
        return shell


def is_changed(layer: nn.Module) -> bool:
    """Whether `layer` has hooks or a forward of its own, and may do more than its type says."""
    own = vars(layer)
    return "forward" in own or any(own[hooks] for hooks in _HOOKS)


def _lives_on_cpu(model: nn.Module) -> bool:
    return all(tensor.is_cpu for tensor in (*model.parameters(), *model.buffers()))


def _faster(layer: nn.Module) -> nn.Module | None:
    """The faster form of one `layer`, if there is one."""
    if is_changed(layer):
        return None
    if type(layer) is nn.MaxPool2d and _overlaps_by_one(layer):
        return _PairwiseMaxPool()
    if type(layer) is nn.AvgPool2d and _overlaps_by_one(layer):
        return _PairwiseAvgPool()
    if type(layer) is nn.Dropout and not layer.inplace and layer.p <= _MOST_DROPPED:
        return BitwiseDropout(layer.p)
    own = layer.fast_form() if isinstance(layer, HasFastForm) else layer
    return None if own is layer else own


def as_channels_last(images: Tensor) -> Tensor:
    """The same `(B, C, H, W)` values with channels innermost in memory."""
    return images.contiguous(memory_format=torch.channels_last)


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
