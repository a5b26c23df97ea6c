"""A model as a CPU runs it fastest: its own layers, and others in the place of a few."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, runtime_checkable

from torch import Tensor, nn

from reference_models.training.dropout import BitwiseDropout
from reference_models.training.layout import (
    gains_from_layout,
    laid_out,
    lives_on_cpu,
    normalises_few_channels,
    pairwise_pool,
)

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


def fast_form(model: nn.Module) -> nn.Module:
    """Return `model` with the layers replaced that have a faster form; all tensors are shared.

    Those are stride-1 2x2 pools (they hand back channels-last, so not beside normalisations that
    lose with it), dropout, and layers that say so themselves, on a CPU. Whatever
    holds none of them is `model`'s own; modules around them are new, and have the same parameters,
    buffers, hooks and attributes. A forward that reaches layers past its module finds the old ones:
    who changes the mode changes that of both.
    """
    if not lives_on_cpu(model):
        return model
    return _Twins(pools=not normalises_few_channels(model)).of(model)


@contextmanager
def answering(model: nn.Module) -> Iterator[Callable[[Tensor], Any]]:
    """Yield what asks `model`, in its faster form and layout, in evaluation mode.

    Afterwards every module is in the mode that it was in.
    """
    modes = [(module, module.training) for module in model.modules()]
    form, channels_last = fast_form(model), gains_from_layout(model)
    model.eval()
    form.eval()
    try:
        yield lambda inputs: form(laid_out(inputs, channels_last=channels_last))
    finally:
        for module, training in modes:
            module.training = training


class _Twins:
    """Modules with faster layers inside, one for each that is met, however often."""

    def __init__(self, *, pools: bool) -> None:
        self._pools = pools
        self._known: dict[nn.Module, nn.Module] = {}

    def of(self, module: nn.Module) -> nn.Module:
        if module not in self._known:
            faster = _faster(module, pools=self._pools)
            self._known[module] = faster or self._around(module)
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


def _faster(layer: nn.Module, *, pools: bool) -> nn.Module | None:
    """The faster form of one `layer`, if there is one; `pools` may be replaced, or not."""
    if is_changed(layer):
        return None
    if type(layer) is nn.MaxPool2d or type(layer) is nn.AvgPool2d:
        return pairwise_pool(layer) if pools else None
    if type(layer) is nn.Dropout and not layer.inplace and layer.p <= _MOST_DROPPED:
        return BitwiseDropout(layer.p)
    own = layer.fast_form() if isinstance(layer, HasFastForm) else layer
    return None if own is layer else own
