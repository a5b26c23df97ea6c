"""Let a submission's own function train a model in a child, by the parent's clock."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Event
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from graders.sandbox.conversation import Conversation
from graders.sandbox.inside import frames
from graders.sandbox.interview import Fault, interview
from graders.sandbox.limits import Limits
from graders.sandbox.race import Batches, Entrant
from graders.sandbox.run import ModelInterview
from graders.sandbox.sandbox import Sandbox
from graders.sandbox.wire import Array, call_frames, inputs_frame

FUNCTION = "train"


@dataclass(frozen=True)
class Trained:
    """What was seen of one training: wall-clock and CPU seconds, and the trained model's answers.

    Seconds include the answers: who trains only once it is asked gains nothing.
    """

    seconds: float = 0.0
    computed: float = 0.0
    answers: NDArray[np.float32] | None = None
    fault: Fault | None = None


def observe_training(
    sandbox: Sandbox,
    entrant: Entrant,
    lesson: Sequence[Array],
    batches: Batches,
    shape: tuple[int, ...],
    limits: Limits,
    cancel: Event | None = None,
) -> Trained:
    """Call `train(*lesson)` in a fresh child and ask the model that it returns for `batches`.

    `shape` is that of one answer. Never raises for anything the child does.
    """

    def hold(talk: Conversation) -> Trained:
        return _TrainingInterview(talk, lesson, batches, shape).trained()

    entry = replace(entrant.entry, kind="training", builder=FUNCTION, weights=None)
    seen = interview(sandbox, entrant.folder, entry.as_dict(), limits, cancel, hold)
    return Trained(fault=seen) if isinstance(seen, Fault) else seen


class _TrainingInterview(ModelInterview):
    """A function that has been found trains a model, and that answers."""

    def __init__(
        self,
        talk: Conversation,
        lesson: Sequence[Array],
        batches: Batches,
        shape: tuple[int, ...],
    ) -> None:
        super().__init__(talk, shape)
        self._lesson = call_frames(lesson)
        self._messages = [(inputs_frame(batch), len(batch)) for batch in batches]
        self._seen = Trained()

    def trained(self) -> Trained:
        return replace(self._seen, fault=fault) if (fault := self.hold()) else self._seen

    def _ask(self) -> None:
        self._receive(frames.END)
        before, start = self._talk.computed, perf_counter()
        self._talk.send(self._lesson)
        self._receive(frames.END)
        answers = [self._answers(*message) for message in self._messages]
        seconds = perf_counter() - start
        self._seen = Trained(seconds, self._talk.computed - before, np.concatenate(answers))
