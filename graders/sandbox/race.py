"""Two models in two children answer the same fresh inputs in turns, by the parent's clock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event, Lock
from time import perf_counter
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from graders.sandbox.conversation import Conversation, HangUpError, LimitError, StarvedError
from graders.sandbox.interview import ChildFaultError, Fault, interview
from graders.sandbox.limits import Limits
from graders.sandbox.run import EntryPoint, ModelInterview
from graders.sandbox.sandbox import Sandbox
from graders.sandbox.wire import ProtocolError, inputs_frame

ROUNDS = 15
_PILOT = 32
"""The laps that tell how many inputs a round should have are so small a part of the largest."""
_LAP_SECONDS = 0.15
"""What the reference should take for a lap: much longer than a clock's or a scheduler's tick."""
_SHARE = 0.25
"""The part of its own time limit that the submission should need for all its laps."""
_PATIENCE = 10
"""How many times as long as a submission the reference may live: it waits for it."""

Batches = Sequence[NDArray[np.float32]]
Draw = Callable[[int], Batches]
"""Returns so many inputs that no child has seen, in batches."""

_alone = Lock()
"""One race at a time: two at once would disturb each other."""


@dataclass(frozen=True)
class Entrant:
    """A model that takes part: where it lies, below the spool, and what of it to load."""

    folder: Path
    entry: EntryPoint


@dataclass
class Race:
    """What was seen: wall-clock seconds of every lap, and the submission's answers to all inputs.

    `in_turn` and `out_of_turn` are its CPU seconds during its own laps, and meanwhile.
    """

    seconds: list[float] = field(default_factory=list)
    reference_seconds: list[float] = field(default_factory=list)
    answers: list[NDArray[np.float32]] = field(default_factory=list)
    in_turn: float = 0.0
    out_of_turn: float = 0.0
    fault: Fault | None = None


class Runner(Protocol):
    """A model that can be asked; `computed` are the CPU seconds that it has used so far."""

    @property
    def computed(self) -> float: ...  # noqa: D102 - the class says it

    def lap(self, messages: Sequence[tuple[bytes, int]]) -> NDArray[np.float32]: ...  # noqa: D102


class _ReferenceError(Exception):
    """The reference model gave up; the submission is not to blame."""


def race(
    sandbox: Sandbox,
    submission: Entrant,
    reference: Entrant,
    shape: tuple[int, ...],
    draw: Draw,
    most: int,
    limits: Limits,
    cancel: Event | None = None,
) -> Race:
    """Let two models, each in a fresh child, answer the inputs that `draw` makes for every round.

    Both have the same limits, but for the time that the reference waits, and the same device.
    `most` inputs make a round at most; `shape` is that of one answer. Never raises for anything a
    child does.
    """
    found = Race()
    device = sandbox.device_of(submission.entry.kind)

    def meet(rival: Runner) -> None:
        def hold(talk: Conversation) -> Fault | None:
            return _Entered(talk, shape, run).hold()

        def run(runner: Runner) -> None:
            compete(runner, rival, draw, most, limits.wall_seconds * _SHARE, found)

        job = {**submission.entry.as_dict(), "shape": shape, "device": device}
        found.fault = interview(sandbox, submission.folder, job, limits, cancel, hold)

    def hold_reference(talk: Conversation) -> Fault | None:
        return _Reference(talk, shape, meet).hold()

    job = {**reference.entry.as_dict(), "shape": shape, "device": device}
    patient = replace(limits, wall_seconds=limits.wall_seconds * _PATIENCE)
    try:
        with _alone:
            failed = interview(sandbox, reference.folder, job, patient, cancel, hold_reference)
    except _ReferenceError as error:
        failed = Fault("machine", str(error))
    if failed:
        found.fault = Fault("machine", f"the reference model could not be timed: {failed.reason}")
    return found


def compete(
    runner: Runner,
    rival: Runner,
    draw: Draw,
    most: int,
    seconds: float,
    found: Race,
    clock: Callable[[], float] = perf_counter,
) -> None:
    """Run all rounds (A B, B A, ...) and note in `found` what was seen.

    Rounds are as long as it takes the rival to be timed well, but no longer than lets `runner` be
    through in about so many `seconds`.
    """
    lap = _Laps(runner, rival, draw, clock)
    pilot = max(1, most // _PILOT)
    lap.both(pilot)
    own, other = lap.both(pilot)
    wanted = min(_LAP_SECONDS / other, seconds / (ROUNDS + 1) / own)
    count = max(1, min(most, int(pilot * wanted)))
    lap.both(count)
    begun, before = runner.computed, lap.computed
    for number in range(ROUNDS):
        own, other = lap.both(count, reference_first=number % 2 == 1)
        found.seconds.append(own)
        found.reference_seconds.append(other)
        found.answers.append(lap.answers)
        found.in_turn = lap.computed - before
        found.out_of_turn = runner.computed - begun - found.in_turn


class _Laps:
    """One pair of laps at a time; `computed` is what the submission's cost in CPU seconds."""

    def __init__(
        self, runner: Runner, rival: Runner, draw: Draw, clock: Callable[[], float]
    ) -> None:
        self._runner = runner
        self._rival = rival
        self._draw = draw
        self._clock = clock
        self.computed = 0.0
        self.answers = np.empty(0, np.float32)

    def both(self, count: int, *, reference_first: bool = False) -> tuple[float, float]:
        """Let both answer the same new inputs; seconds of the submission and of the reference."""
        messages = [(inputs_frame(batch), len(batch)) for batch in self._draw(count)]
        first = self._timed(self._rival, messages) if reference_first else None
        before = self._runner.computed
        start = self._clock()
        self.answers = self._runner.lap(messages)
        own = self._clock() - start
        self.computed += self._runner.computed - before
        other = self._timed(self._rival, messages) if first is None else first
        return own, other

    def _timed(self, runner: Runner, messages: Sequence[tuple[bytes, int]]) -> float:
        start = self._clock()
        runner.lap(messages)
        return self._clock() - start


class _Entered(ModelInterview):
    """A model that has shown its state, and then runs."""

    def __init__(
        self, talk: Conversation, shape: tuple[int, ...], then: Callable[[Runner], None]
    ) -> None:
        super().__init__(talk, shape)
        self._then = then

    @property
    def computed(self) -> float:
        return self._talk.computed

    def lap(self, messages: Sequence[tuple[bytes, int]]) -> NDArray[np.float32]:
        """Answer one batch after another."""
        return np.concatenate([self._answers(*message) for message in messages])

    def _ask(self) -> None:
        self._read_state()
        self._then(self)


class _Reference(_Entered):
    """Whatever ends it in the middle must not pass for the submission's end."""

    def lap(self, messages: Sequence[tuple[bytes, int]]) -> NDArray[np.float32]:
        try:
            return super().lap(messages)
        except (HangUpError, LimitError, StarvedError, ProtocolError, ChildFaultError) as error:
            raise _ReferenceError(str(error)) from error
