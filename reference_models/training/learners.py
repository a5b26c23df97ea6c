"""What the epoch loop drives: one model, or a stack of models that take each step at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value, stack_module_state, vmap

from reference_models.errors import RecipeError
from reference_models.training.forms import fast_form
from reference_models.training.layout import convolves, gains_from_layout, laid_out
from reference_models.training.recipes import Recipe
from reference_models.training.updates import Updates

_SMALL = 100_000
"""Parameters below which a dense member leaves a CPU's cores idle between its dispatches."""

SHARED_BY_A_STACK = (
    *("epochs", "steps", "batch_size", "input_scale", "fresh_order"),
    *("task", "trains", "log_every", "log_after_update", "test_every", "precision"),
)
"""What members of a stack must have in common, of their recipes."""


@dataclass(frozen=True)
class Member:
    """A model in training: its recipe, and the seed that orders its batches."""

    model: nn.Module
    recipe: Recipe
    seed: int = 0


class Learner(Protocol):
    """K members that step together; every tensor has K as its first dimension.

    What the members are shown and asked is their recipe's task's business; a batch counts samples.
    """

    @property
    def kind(self) -> str:
        """What tells its state from that of other learners."""
        ...

    @property
    def members(self) -> Sequence[Member]:
        """The members, in the order of every tensor's first dimension."""
        ...

    def begin(self, epoch: int) -> None:
        """Set every member's learning rate to that of `epoch`, counted from 1."""
        ...

    def step(self, inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Take one step on scaled `(K, B, ...)` inputs and `(K, B)` labels.

        Return each member's mean loss and number of right answers, `(K,)`, measured before the
        update, without waiting for the device.
        """
        ...

    def score(self, inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Each member's mean loss and number of right answers in evaluation mode, as `step`'s."""
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


class Single:
    """One model that steps by plain autograd, in the layout its device likes."""

    kind = "single"

    def __init__(self, member: Member) -> None:
        self.members = (member,)
        self._recipe = member.recipe
        self._model = member.model
        self._channels_last = gains_from_layout(member.model)
        self._fast = fast_form(member.model)
        named = trained_parameters(member)
        self._parameters = list(named.values())
        self._updates = Updates([member.recipe.optimiser_for(self._parameters)])
        l1 = member.recipe.l1
        self._penalised = None if l1 is None else named[l1.parameter]

    def begin(self, epoch: int) -> None:
        self._model.train()
        self._fast.train()
        self._updates.set_rates([self._recipe.rate_in(epoch)])

    def step(self, inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        self._set_mode(training=True)
        loss, right = self._ask(inputs[0], labels[0], training=True)
        for parameter in self._parameters:
            parameter.grad = None
        cost = loss if self._penalised is None else loss + self._penalty(self._penalised)
        cost.backward(inputs=self._parameters)  # type: ignore[no-untyped-call]
        self._updates.take([[each.grad for each in self._parameters]])
        return loss.detach()[None], right[None]

    def score(self, inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        self._set_mode(training=False)
        with torch.inference_mode():
            loss, right = self._ask(inputs[0], labels[0], training=False)
            return loss[None], right[None]

    def state(self) -> dict[str, Any]:
        return {"model": self._model.state_dict(), "optimiser": self._updates.state()[0]}

    def restore(self, state: dict[str, Any]) -> None:
        self._model.load_state_dict(state["model"])
        self._updates.restore([state["optimiser"]])

    def finish(self) -> None:
        self._model.zero_grad(set_to_none=True)

    def _ask(self, inputs: Tensor, labels: Tensor, *, training: bool) -> tuple[Tensor, Tensor]:
        task = self._recipe.task
        shown, wanted = task.example(inputs, labels, training=training)
        shown = laid_out(shown, channels_last=self._channels_last)
        outputs = self._recipe.ask(self._fast, shown) if training else self._fast(shown)
        with torch.no_grad():
            right = task.right(outputs, wanted)
        return task.loss(outputs, wanted), right

    def _set_mode(self, *, training: bool) -> None:
        _set_mode(self._model, training=training)
        _set_mode(self._fast, training=training)

    def _penalty(self, parameter: Tensor) -> Tensor:
        strength = 0.0 if self._recipe.l1 is None else self._recipe.l1.strength
        return strength * parameter.abs().sum()


class Stack:
    """Models of one architecture, stepped at once through `vmap` over their stacked parameters.

    Every member keeps an optimiser of its own, over its slice of the stacked tensors: rates, decays
    and even the optimiser's kind may differ, and each does exactly what it would do alone.
    """

    kind = "stack"

    def __init__(self, members: Sequence[Member]) -> None:
        check_same_steps(members)
        check_same_layers(members)
        self.members = tuple(members)
        self._base = members[0].model
        self._recipe = members[0].recipe
        self._task = self._recipe.task
        stacked, buffers = stack_module_state([member.model.train() for member in members])
        every = {name: value.detach() for name, value in stacked.items()}
        moving = trained_parameters(members[0])
        self._parameters = {name: every[name] for name in moving}
        self._fixed = {
            **{name: value for name, value in every.items() if name not in moving},
            **{name: value.detach() for name, value in buffers.items()},
        }
        self._updates = Updates(
            [
                member.recipe.optimiser_for([value[index] for value in self._parameters.values()])
                for index, member in enumerate(members)
            ]
        )
        penalties = [member.recipe.l1 for member in members]
        self._penalised = next((l1.parameter for l1 in penalties if l1), None)
        device = next(iter(every.values())).device
        self._strengths = torch.tensor([l1.strength if l1 else 0.0 for l1 in penalties]).to(device)
        self._gradients = vmap(grad_and_value(self._cost, has_aux=True), randomness="different")
        self._scores = vmap(self._score)

    def begin(self, epoch: int) -> None:
        self._base.train()
        self._updates.set_rates([member.recipe.rate_in(epoch) for member in self.members])

    def step(self, inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        _set_mode(self._base, training=True)
        gradients, (_, (losses, right)) = self._gradients(
            self._parameters, self._fixed, self._strengths, inputs, labels
        )
        laid_out = [
            _in_the_layout_of(self._parameters[name], gradients[name]) for name in self._parameters
        ]
        self._updates.take(list(zip(*laid_out, strict=True)))
        return losses, right

    def score(self, inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        _set_mode(self._base, training=False)
        with torch.inference_mode():
            losses, right = self._scores(self._parameters, self._fixed, inputs, labels)
        return losses, right

    def state(self) -> dict[str, Any]:
        return {
            "parameters": self._parameters,
            "fixed": self._fixed,
            "optimisers": self._updates.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        for kind, current in (("parameters", self._parameters), ("fixed", self._fixed)):
            for name, value in current.items():
                value.copy_(state[kind][name])
        self._updates.restore(state["optimisers"])

    def finish(self) -> None:
        with torch.no_grad():
            for index, member in enumerate(self.members):
                own = dict(member.model.named_parameters()) | dict(member.model.named_buffers())
                for name, value in (*self._parameters.items(), *self._fixed.items()):
                    own[name].copy_(value[index])

    def _cost(
        self,
        parameters: dict[str, Tensor],
        fixed: dict[str, Tensor],
        strength: Tensor,
        x: Tensor,
        y: Tensor,
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        loss, right = self._ask(parameters, fixed, x, y, training=True)
        if self._penalised is None:
            return loss, (loss.detach(), right)
        return loss + strength * parameters[self._penalised].abs().sum(), (loss.detach(), right)

    def _score(
        self, parameters: dict[str, Tensor], fixed: dict[str, Tensor], x: Tensor, y: Tensor
    ) -> tuple[Tensor, Tensor]:
        return self._ask(parameters, fixed, x, y, training=False)

    def _ask(
        self,
        parameters: dict[str, Tensor],
        fixed: dict[str, Tensor],
        x: Tensor,
        y: Tensor,
        *,
        training: bool,
    ) -> tuple[Tensor, Tensor]:
        shown, wanted = self._task.example(x, y, training=training)
        model = partial(functional_call, self._base, (parameters, fixed))
        outputs = self._recipe.ask(model, shown) if training else model(shown)
        return self._task.loss(outputs, wanted), self._task.right(outputs, wanted)


def trained_parameters(member: Member) -> dict[str, nn.Parameter]:
    """The parameters that `member`'s recipe moves, by name; RecipeError if there is none."""
    chosen = {
        name: parameter
        for name, parameter in member.model.named_parameters()
        if name.startswith(member.recipe.trains)
    }
    if not chosen:
        raise RecipeError(
            f"the recipe trains parameters called '{member.recipe.trains}...', "
            f"and {type(member.model).__name__} has none of that name"
        )
    l1 = member.recipe.l1
    if l1 is not None and l1.parameter not in chosen:
        raise RecipeError(
            f"the recipe's L1 penalty is on '{l1.parameter}', which it does not train; "
            f"it trains {', '.join(chosen)}"
        )
    return chosen


def _set_mode(model: nn.Module, *, training: bool) -> None:
    """Change the mode if it is another: a walk over all modules in every step is felt."""
    if model.training != training:
        model.train(training)


def _in_the_layout_of(parameter: Tensor, gradient: Tensor) -> Tensor:
    """`gradient` with `parameter`'s strides.

    Fused optimisers walk both as flat memory and take a channels-last gradient for another one,
    without a word. `Tensor.backward` sees to it; `torch.autograd.grad` and `vmap` do not.
    """
    if gradient.stride() == parameter.stride():
        return gradient
    return torch.empty_like(parameter).copy_(gradient)


def stacking_pays(members: Sequence[Member]) -> bool:
    """Whether stacked steps are expected to be faster than training one member after another.

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
    return small and not convolves(model)


def check_same_steps(members: Sequence[Member]) -> None:
    """Raise RecipeError unless all members are shown the same, as often, and asked the same."""
    first = members[0].recipe
    for number, member in enumerate(members[1:], start=2):
        for shared in SHARED_BY_A_STACK:
            ours, theirs = getattr(first, shared), getattr(member.recipe, shared)
            if ours != theirs:
                raise RecipeError(
                    f"members of a stack step together, but member {number} has {shared}={theirs} "
                    f"and member 1 has {shared}={ours}; train it by itself"
                )
    if len(penalised := _penalised(members)) > 1:
        raise RecipeError(
            f"members of a stack step together, but their L1 penalties are on "
            f"{' and '.join(sorted(penalised))}; train them by themselves"
        )


def _penalised(members: Sequence[Member]) -> set[str]:
    return {member.recipe.l1.parameter for member in members if member.recipe.l1}


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
