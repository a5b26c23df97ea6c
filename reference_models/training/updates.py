"""The optimisers' part of a step, without what torch looks up anew in each of them.

`Optimizer.step` gathers its lists, checks its settings and opens a profiler's range every time: 0.1
ms on a CPU, where a whole step of 784-64-64-10 takes 0.9 and one of the pentagons' 0.5. The lists
stay the same, so they are gathered once, and the kernel that `step` would call is called with them:
for all members of a stack at once whose settings are equal.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

import torch
from torch import Tensor

Gradients = Sequence[Tensor | None]
"""None for a parameter that an answer did not come from."""

_Kernel = Callable[[list[Tensor], list[Tensor]], None]
"""Takes a step for parameters, given their gradients."""


class Updates:
    """`optimisers` that step together, as `Recipe.optimiser_for` makes them: one a member.

    Their state stays theirs, and is what it would be after as many calls of `step`.
    """

    def __init__(self, optimisers: Sequence[torch.optim.Optimizer]) -> None:
        self._optimisers = tuple(optimisers)
        self._parameters = [_group(each)["params"] for each in optimisers]
        self._on_cpu = all(each.is_cpu for each in chain(*self._parameters))
        self._runs: list[tuple[list[int], list[Tensor], _Kernel]] = []

    def set_rates(self, rates: Sequence[float]) -> None:
        """Every optimiser's learning rate from now on."""
        for optimiser, rate in zip(self._optimisers, rates, strict=True):
            _group(optimiser)["lr"] = rate
        self._runs = []

    def take(self, gradients: Sequence[Gradients]) -> None:
        """Step, with every optimiser's gradients in the order and layout of its parameters."""
        if not self._runs:
            self._runs = self._gather()
        found = [[each for each in own if each is not None] for own in gradients]
        if not self._runs or [*map(len, found)] != [*map(len, self._parameters)]:
            self._take_one_by_one(gradients)
            return
        with torch.no_grad():
            for members, parameters, kernel in self._runs:
                kernel(parameters, [each for member in members for each in found[member]])

    def state(self) -> list[dict[str, Any]]:
        """Every optimiser's state, as tensors and plain values."""
        return [optimiser.state_dict() for optimiser in self._optimisers]

    def restore(self, saved: Sequence[dict[str, Any]]) -> None:
        """Continue from what `state` returned, whichever device it was saved on."""
        for optimiser, state in zip(self._optimisers, saved, strict=True):
            _restore(optimiser, state)
        self._runs = []

    def _take_one_by_one(self, gradients: Sequence[Gradients]) -> None:
        for optimiser, own, wanted in zip(
            self._optimisers, self._parameters, gradients, strict=True
        ):
            for parameter, gradient in zip(own, wanted, strict=True):
                parameter.grad = gradient
            optimiser.step()
            optimiser.zero_grad()

    def _gather(self) -> list[tuple[list[int], list[Tensor], _Kernel]]:
        """Members of equal settings, their parameters and what steps them; none before a state."""
        if not self._on_cpu or not all(map(_has_state, self._optimisers)):
            return []
        alike: dict[object, list[int]] = {}
        for member, optimiser in enumerate(self._optimisers):
            alike.setdefault(_settings(optimiser), []).append(member)
        return [(members, *self._run(members)) for members in alike.values()]

    def _run(self, members: list[int]) -> tuple[list[Tensor], _Kernel]:
        parameters = list(chain(*(self._parameters[member] for member in members)))
        states = [
            self._optimisers[member].state.get(each, {})
            for member in members
            for each in self._parameters[member]
        ]
        first = self._optimisers[members[0]]
        kernel = _adam if isinstance(first, torch.optim.Adam) else _sgd
        return parameters, kernel(_group(first), states)


def _adam(group: Mapping[str, Any], states: Sequence[Mapping[str, Tensor]]) -> _Kernel:
    means, squares, steps = (
        [state[name] for state in states] for name in ("exp_avg", "exp_avg_sq", "step")
    )
    beta1, beta2 = group["betas"]

    def kernel(parameters: list[Tensor], gradients: list[Tensor]) -> None:
        torch._foreach_add_(steps, 1)
        torch._fused_adam_(
            parameters,
            gradients,
            means,
            squares,
            [],
            steps,
            lr=group["lr"],
            beta1=beta1,
            beta2=beta2,
            weight_decay=group["weight_decay"],
            eps=group["eps"],
            amsgrad=False,
            maximize=group["maximize"],
        )

    return kernel


def _sgd(group: Mapping[str, Any], states: Sequence[Mapping[str, Tensor]]) -> _Kernel:
    momenta = [state["momentum_buffer"] for state in states] if group["momentum"] else []

    def kernel(parameters: list[Tensor], gradients: list[Tensor]) -> None:
        torch._fused_sgd_(
            parameters,
            gradients,
            momenta,
            weight_decay=group["weight_decay"],
            momentum=group["momentum"],
            lr=group["lr"],
            dampening=group["dampening"],
            nesterov=group["nesterov"],
            maximize=group["maximize"],
            is_first_step=False,
        )

    return kernel


def _group(optimiser: torch.optim.Optimizer) -> dict[str, Any]:
    (group,) = optimiser.param_groups
    return group


def _settings(optimiser: torch.optim.Optimizer) -> object:
    own = {name: value for name, value in _group(optimiser).items() if name != "params"}
    return type(optimiser), repr(own)


def _has_state(optimiser: torch.optim.Optimizer) -> bool:
    """Whether a step has made what the next ones change: plain descent changes nothing else."""
    if isinstance(optimiser, torch.optim.SGD) and not _group(optimiser)["momentum"]:
        return True
    return all(optimiser.state.get(each) for each in _group(optimiser)["params"])


def _restore(optimiser: torch.optim.Optimizer, saved: dict[str, Any]) -> None:
    """Load a state, whichever device it was saved on: where steps are counted is not part of it."""
    built = _group(optimiser).get("capturable")
    optimiser.load_state_dict(saved)
    if built is not None:
        _group(optimiser)["capturable"] = built
