"""How much arithmetic one sample costs, counted by torch's dispatcher and not estimated."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


def forward_flops(model: nn.Module, input_shape: tuple[int, ...]) -> int:
    """Return the FLOPs of one sample's forward pass, `input_shape` being its shape.

    A multiply-add is two. Only matrix products, convolutions and attention are counted;
    activations, pooling and normalisation are not, as is the custom and as they cost little.
    """
    with _evaluating(model), torch.no_grad():
        return _count(lambda: model(_blank(model, input_shape)))


def training_flops(model: nn.Module, input_shape: tuple[int, ...], trains: str = "") -> int:
    """Return the FLOPs of one example's forward pass and its backward pass to the parameters.

    Counted as in `forward_flops`; the gradient of the input, which training never asks for, is not
    in it, nor are those of parameters whose names do not begin with `trains`. The loss and the
    optimiser's few operations a parameter are not counted. Gradients of `model` are left as they
    were.
    """
    moved = [value for name, value in model.named_parameters() if name.startswith(trains)]

    def forward_and_backward() -> None:
        outputs = model(_blank(model, input_shape))
        several = outputs if isinstance(outputs, tuple) else (outputs,)
        loss = torch.stack([each.square().sum() for each in several]).sum()
        torch.autograd.grad(loss, moved)

    with _evaluating(model):
        return _count(forward_and_backward)


def _count(work: Callable[[], object]) -> int:
    with FlopCounterMode(display=False) as counter:
        work()
    return int(counter.get_total_flops())


def _blank(model: nn.Module, input_shape: tuple[int, ...]) -> torch.Tensor:
    tensors = (*model.parameters(), *model.buffers())
    device = tensors[0].device if tensors else torch.device("cpu")
    return torch.zeros(1, *input_shape, device=device)


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode for a while: one blank sample must not move batch statistics."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training
