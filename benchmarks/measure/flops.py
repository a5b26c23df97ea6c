"""How much arithmetic one sample costs, counted by torch's dispatcher and not estimated.

Counting happens on torch's meta device, where tensors have shapes and no numbers: nothing is
computed, and a bag network of 13 GFLOP is counted in milliseconds.
"""

import copy
from collections.abc import Callable

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

_SHAPES_ONLY = torch.device("meta")


def forward_flops(model: nn.Module, input_shape: tuple[int, ...]) -> int:
    """Return the FLOPs of one sample's forward pass, `input_shape` being its shape.

    A multiply-add is two. Only matrix products, convolutions and attention are counted;
    activations, pooling and normalisation are not, as is the custom and as they cost little.
    """
    outline = _outline(model)
    with torch.no_grad():
        return _count(lambda: outline(_blank(input_shape)))


def training_flops(model: nn.Module, input_shape: tuple[int, ...], trains: str = "") -> int:
    """Return the FLOPs of one example's forward pass and its backward pass to the parameters.

    Counted as in `forward_flops`; the gradient of the input, which training never asks for, is not
    in it, nor are those of parameters whose names do not begin with `trains`. The loss and the
    optimiser's few operations a parameter are not counted.
    """
    outline = _outline(model)
    moved = [value for name, value in outline.named_parameters() if name.startswith(trains)]

    def forward_and_backward() -> None:
        outputs = outline(_blank(input_shape))
        several = outputs if isinstance(outputs, tuple) else (outputs,)
        loss = torch.stack([each.square().sum() for each in several]).sum()
        torch.autograd.grad(loss, moved)

    return _count(forward_and_backward)


def _count(work: Callable[[], object]) -> int:
    with FlopCounterMode(display=False) as counter:
        work()
    return int(counter.get_total_flops())


def _outline(model: nn.Module) -> nn.Module:
    """The model without its numbers; in evaluation mode, in which one sample is enough."""
    return copy.deepcopy(model).to(_SHAPES_ONLY).eval()


def _blank(input_shape: tuple[int, ...]) -> torch.Tensor:
    return torch.zeros(1, *input_shape, device=_SHAPES_ONLY)
