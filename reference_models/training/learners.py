"""What the epoch loop drives: one model, or a stack of models that take each step at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value, stack_module_state, vmap
from torch.nn.functional import cross_entropy

from reference_models.errors import RecipeError
from reference_models.training.layout import as_channels_last, fast_form, gains_from_layout
from reference_models.training.recipes import Recipe

_SMALL = 100_000
"""Parameters below which a dense member leaves a CPU's cores idle between its dispatches."""


@dataclass(frozen=True)
class Member:
    """A model in training: its recipe, and the seed that orders its batches."""

    model: nn.Module
    recipe: Recipe
    seed: int = 0


class Learner(Protocol):
    """K members that step together; every tensor has K as its first dimension."""

    @property
    def members(self) -> Sequence[Member]:
        """The members, in the order of every tensor's first dimension."""
        ...

    def step(self, inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Take one step on `(K, B, ...)` inputs and `(K, B)` labels.

        Return each member's mean loss and number of right answers, `(K,)`, measured before the
        update, without waiting for the device.
        """
        ...

    def logits(self, inputs: Tensor) -> Tensor:
        """Answers of every member to the same `(B, ...)` inputs: `(K, B, classes)`."""
        ...

    def state(self) -> dict[str, Any]:
        """Parameters, buffers and optimiser state, as tensors and plain values."""
        ...

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from what `state` returned."""
        ...

    def finish(self) -> None:
        """Make the members' own modules hold what was learnt."""
        ...


class Separate:
    """Models that step in turn by plain autograd, in the layout their device likes."""

    def __init__(self, members: Sequence[Member]) -> None:
        check_same_steps(members)
        self.members = tuple(members)
        self._singles = [_Single(member) for member in members]

    def step(self, inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        results = [
            single.step(x, y) for single, x, y in zip(self._singles, inputs, labels, strict=True)
        ]
        losses, rights = zip(*results, strict=True)
        return torch.stack(losses), torch.stack(rights)

    def logits(self, inputs: Tensor) -> Tensor:
        return torch.stack([single.logits(inputs) for single in self._singles])

    def state(self) -> dict[str, Any]:
        return {"members": [single.state() for single in self._singles]}

    def restore(self, state: dict[str, Any]) -> None:
        for single, saved in zip(self._singles, state["members"], strict=True):
            single.restore(saved)

    def finish(self) -> None:
        for member in self.members:
            member.model.zero_grad(set_to_none=True)


class _Single:
    """One member of `Separate`."""

    def __init__(self, member: Member) -> None:
        self._model = member.model
        self._channels_last = gains_from_layout(member.model)
        self._fast = fast_form(member.model) if self._channels_last else member.model
        self._parameters = [p for p in member.model.parameters() if p.requires_grad]
        self._optimiser = member.recipe.optimiser_for(self._parameters)

    def step(self, inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        self._fast.train()
        logits = self._fast(self._laid_out(inputs))
        loss = cross_entropy(logits, labels)
        for parameter in self._parameters:
            parameter.grad = None
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimiser.step()
        return loss.detach(), _right(logits.detach(), labels)

    def logits(self, inputs: Tensor) -> Tensor:
        self._fast.eval()
        with torch.inference_mode():
            answers: Tensor = self._fast(self._laid_out(inputs))
        return answers

    def state(self) -> dict[str, Any]:
        return {"model": self._model.state_dict(), "optimiser": self._optimiser.state_dict()}

    def restore(self, state: dict[str, Any]) -> None:
        self._model.load_state_dict(state["model"])
        self._optimiser.load_state_dict(state["optimiser"])

    def _laid_out(self, inputs: Tensor) -> Tensor:
        return as_channels_last(inputs) if self._channels_last and inputs.ndim == 4 else inputs


class Stack:
    """Models of one architecture, stepped at once through `vmap` over their stacked parameters.

    Every member keeps an optimiser of its own, over its slice of the stacked tensors: rates, decays
    and even the optimiser's kind may differ, and each does exactly what it would do alone.
    """

    def __init__(self, members: Sequence[Member]) -> None:
        check_same_steps(members)
        check_same_layers(members)
        self.members = tuple(members)
        self._base = members[0].model
        stacked, buffers = stack_module_state([member.model for member in members])
        self._parameters = {name: value.detach() for name, value in stacked.items()}
        self._buffers = {name: value.detach() for name, value in buffers.items()}
        self._slices = [
            {name: value[index] for name, value in self._parameters.items()}
            for index in range(len(members))
        ]
        self._optimisers = [
            member.recipe.optimiser_for(slices.values())
            for member, slices in zip(members, self._slices, strict=True)
        ]
        self._gradients = vmap(grad_and_value(self._loss, has_aux=True), randomness="different")
        self._answers = vmap(self._call, in_dims=(0, 0, None))

    def step(self, inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        self._base.train()
        gradients, (losses, logits) = self._gradients(
            self._parameters, self._buffers, inputs, labels
        )
        for index, (slices, optimiser) in enumerate(
            zip(self._slices, self._optimisers, strict=True)
        ):
            for name, slice_ in slices.items():
                slice_.grad = _in_the_layout_of(slice_, gradients[name][index])
            optimiser.step()
        return losses, _right(logits, labels)

    def logits(self, inputs: Tensor) -> Tensor:
        self._base.eval()
        with torch.inference_mode():
            answers: Tensor = self._answers(self._parameters, self._buffers, inputs)
        return answers

    def state(self) -> dict[str, Any]:
        return {
            "parameters": self._parameters,
            "buffers": self._buffers,
            "optimisers": [optimiser.state_dict() for optimiser in self._optimisers],
        }

    def restore(self, state: dict[str, Any]) -> None:
        for kind, current in (("parameters", self._parameters), ("buffers", self._buffers)):
            for name, value in current.items():
                value.copy_(state[kind][name])
        for optimiser, saved in zip(self._optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)

    def finish(self) -> None:
        with torch.no_grad():
            for index, member in enumerate(self.members):
                own = dict(member.model.named_parameters()) | dict(member.model.named_buffers())
                for name, value in (*self._parameters.items(), *self._buffers.items()):
                    own[name].copy_(value[index])

    def _call(self, parameters: dict[str, Tensor], buffers: dict[str, Tensor], x: Tensor) -> Tensor:
        answers: Tensor = functional_call(self._base, (parameters, buffers), (x,))
        return answers

    def _loss(
        self, parameters: dict[str, Tensor], buffers: dict[str, Tensor], x: Tensor, y: Tensor
    ) -> tuple[Tensor, Tensor]:
        logits = self._call(parameters, buffers, x)
        return cross_entropy(logits, y), logits


def _in_the_layout_of(parameter: Tensor, gradient: Tensor) -> Tensor:
    """`gradient` with `parameter`'s strides.

    Fused optimisers walk both as flat memory and take a channels-last gradient for another one,
    without a word. `Tensor.backward` sees to it; `torch.autograd.grad` and `vmap` do not.
    """
    if gradient.stride() == parameter.stride():
        return gradient
    return torch.empty_like(parameter).copy_(gradient)


def _right(logits: Tensor, labels: Tensor) -> Tensor:
    return (logits.argmax(-1) == labels).sum(-1)


def stacking_pays(members: Sequence[Member]) -> bool:
    """Whether one stacked step is expected to be faster than a separate step of each member.

    On the CPU, stacking saves dispatches, which matter only while a member's own work is small;
    a wide network fills the cores by itself, and stacked convolutions become grouped ones, which
    torch's kernels are slow at. Measured on two cores: docs/training.md.
    """
    model = members[0].model
    if len(members) == 1:
        return False
    if next(model.parameters()).device.type != "cpu":
        return True
    small = sum(parameter.numel() for parameter in model.parameters()) <= _SMALL
    return small and not gains_from_layout(model)


def check_same_steps(members: Sequence[Member]) -> None:
    """Raise RecipeError unless all members have the same epochs, batch size and input scale."""
    first = members[0].recipe
    for number, member in enumerate(members[1:], start=2):
        for shared in ("epochs", "batch_size", "input_scale"):
            ours, theirs = getattr(first, shared), getattr(member.recipe, shared)
            if ours != theirs:
                raise RecipeError(
                    f"members of a stack step together, but member {number} has {shared}={theirs} "
                    f"and member 1 has {shared}={ours}; train it by itself"
                )


def check_same_layers(members: Sequence[Member]) -> None:
    """Raise RecipeError unless all members have tensors of the same names and shapes."""
    first, *others = (
        [(name, value.shape) for name, value in member.model.state_dict().items()]
        for member in members
    )
    for number, layers in enumerate(others, start=2):
        if layers != first:
            raise RecipeError(
                f"member {number} of the stack has other layers than member 1; train it by itself"
            )
