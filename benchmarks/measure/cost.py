"""What one example costs in arithmetic and in memory, counted by torch's dispatcher, not estimated.

Counting happens on torch's meta device, where tensors have shapes and no numbers: nothing is
computed, and a bag network of 13 GFLOP is counted in milliseconds.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter
from torch.utils.flop_counter import FlopCounterMode

_SHAPES_ONLY = torch.device("meta")


@dataclass(frozen=True)
class Cost:
    """FLOPs, and bytes read and written: of an example, or of what is done in a second.

    A multiply-add is two FLOPs. Only matrix products, convolutions and attention are counted;
    activations, pooling and normalisation are not, as is the custom and as they cost little. Every
    operation reads all that it is given and writes all that it returns, views move nothing: that is
    what torch's eager mode asks of memory, and what stays in a cache or is fused costs less.
    """

    flops: float
    bytes: float

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.flops + other.flops, self.bytes + other.bytes)

    def __mul__(self, count: float) -> "Cost":
        return Cost(self.flops * count, self.bytes * count)


def forward_cost(model: nn.Module, input_shape: tuple[int, ...], batch_size: int = 1) -> Cost:
    """Return the cost of one example's forward pass, in batches that read the parameters once.

    `input_shape` is the shape of one example.
    """
    outline = _outline(model)
    with torch.no_grad():
        return _count(outline, _blank(batch_size, input_shape))


def training_cost(
    model: nn.Module, input_shape: tuple[int, ...], batch_size: int = 1, trains: str = ""
) -> Cost:
    """Return the cost of one example's forward pass and its backward pass to the parameters.

    As `forward_cost`; the gradient of the input, which training never asks for, is not in it, nor
    are those of parameters whose names do not begin with `trains`. The loss's few operations are
    not counted, nor is the optimiser.
    """
    outline = _outline(model)
    moved = [value for name, value in outline.named_parameters() if name.startswith(trains)]

    def forward_and_backward(inputs: Tensor) -> None:
        outputs = outline(inputs)
        several = outputs if isinstance(outputs, tuple) else (outputs,)
        loss = torch.stack([each.square().sum() for each in several]).sum()
        torch.autograd.grad(loss, moved)

    return _count(forward_and_backward, _blank(batch_size, input_shape))


def _count(work: Callable[[Tensor], object], inputs: Tensor) -> Cost:
    with FlopCounterMode(display=False) as arithmetic, _Traffic() as traffic:
        work(inputs)
    return Cost(arithmetic.get_total_flops(), traffic.bytes) * (1 / len(inputs))


def _outline(model: nn.Module) -> nn.Module:
    """The model without its numbers; in evaluation mode, in which one sample is enough."""
    return copy.deepcopy(model).to(_SHAPES_ONLY).eval()


def _blank(batch_size: int, input_shape: tuple[int, ...]) -> Tensor:
    return torch.zeros(batch_size, *input_shape, device=_SHAPES_ONLY)


class _Traffic(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Adds up the bytes of all that operations are given and return."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.bytes = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        del types
        returned = func(*args, **(kwargs or {}))
        if not func.is_view:
            moved = tree_iter((args, kwargs, returned))
            self.bytes += sum(each.nbytes for each in moved if isinstance(each, Tensor))
        return returned
