"""Training steps on CUDA, recorded once as a graph and replayed: one launch instead of hundreds.

Source: CUDA graphs in torch's notes, https://docs.pytorch.org/docs/stable/notes/cuda.html
"""

import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from reference_models.training.learners import Learner, Member

Step = Callable[[], tuple[Tensor, Tensor]]
"""A step on tensors that stay where they are; returns losses and right answers."""

_EAGER_STEPS = 3
"""Steps that go ahead, in which libraries choose kernels and optimisers make their state."""


def record_graph(step: Step) -> Step:
    """Record `step` on the current CUDA device without taking it; each call then takes it once.

    What a call returns is overwritten by the next. Raises RuntimeError for what cannot be recorded,
    such as a step that waits for the device.
    """
    graph = torch.cuda.CUDAGraph()
    try:
        with torch.cuda.graph(graph):
            results = step()
    except RuntimeError as error:
        _leave_capture()
        raise RuntimeError(str(error.__context__ or error)) from error

    def again() -> tuple[Tensor, Tensor]:
        graph.replay()
        return results

    return again


def _leave_capture() -> None:
    """Free the device's random numbers, which a capture that failed keeps to itself."""
    generator = torch.cuda.default_generators[torch.cuda.current_device()]
    generator.graphsafe_set_state(generator.clone_state())


class Recorded:
    """A learner that takes another's steps, after the first few of a shape from a recording.

    A recording holds the learning rates, so one is made anew where they change: rates that change
    every epoch want long epochs. Members live on the current CUDA device. A step that cannot
    be recorded is taken as it is, and a warning says why.
    """

    def __init__(self, learner: Learner, record: Callable[[Step], Step] = record_graph) -> None:
        self._learner = learner
        self._record = record
        self._rates: list[float] = []
        self._taken: Counter[torch.Size] = Counter()
        self._replays: dict[torch.Size, _Replay] = {}
        self._recordable = True

    @property
    def kind(self) -> str:
        return self._learner.kind

    @property
    def members(self) -> Sequence[Member]:
        return self._learner.members

    def begin(self, epoch: int) -> None:
        self._learner.begin(epoch)
        rates = [member.recipe.rate_in(epoch) for member in self.members]
        if rates != self._rates:
            self._replays.clear()
        self._rates = rates

    def step(self, inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        shape = inputs.shape
        self._taken[shape] += 1
        if self._recordable and shape not in self._replays and self._taken[shape] > _EAGER_STEPS:
            self._try_to_record(inputs, labels)
        replay = self._replays.get(shape)
        return self._learner.step(inputs, labels) if replay is None else replay(inputs, labels)

    def score(self, inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        return self._learner.score(inputs, labels)

    def state(self) -> dict[str, Any]:
        return self._learner.state()

    def restore(self, state: dict[str, Any]) -> None:
        self._learner.restore(state)
        self._replays.clear()

    def finish(self) -> None:
        self._replays.clear()
        self._learner.finish()

    def _try_to_record(self, inputs: Tensor, labels: Tensor) -> None:
        try:
            replay = _Replay(self._learner, self._record, inputs, labels)
        except RuntimeError as error:
            self._recordable = False
            reason = str(error).partition("\n")[0]
            warnings.warn(f"steps cannot be recorded as a CUDA graph: {reason}", stacklevel=2)
        else:
            self._replays[inputs.shape] = replay


class _Replay:
    """A recorded step, and the tensors from which it reads its batch."""

    def __init__(
        self, learner: Learner, record: Callable[[Step], Step], inputs: Tensor, labels: Tensor
    ) -> None:
        self._inputs, self._labels = inputs.clone(), labels.clone()
        self._again = record(lambda: learner.step(self._inputs, self._labels))

    def __call__(self, inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        self._inputs.copy_(inputs)
        self._labels.copy_(labels)
        losses, right = self._again()
        return losses.clone(), right.clone()
