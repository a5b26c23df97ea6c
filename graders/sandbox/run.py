"""Run one submission in the sandbox and return what was seen, without judging it."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from graders.sandbox.conversation import Conversation
from graders.sandbox.inside import frames
from graders.sandbox.interview import Fault, Interview, interview, text_of
from graders.sandbox.limits import Limits
from graders.sandbox.sandbox import Sandbox
from graders.sandbox.wire import Array, ProtocolError, call_frames

_MOST_TENSORS = 10_000

Kind = Literal["code", "weights", "program", "onnx", "keras", "predictions", "function", "training"]
"""What a child is given: code, weights alone, a whole model of some maker, answers alone, or code
with a function that is called, or that trains a model."""


@dataclass(frozen=True)
class EntryPoint:
    """Which file to load, which callable in it builds the model, which file has the weights.

    Paths are relative to the submission's folder; `builder` None lets the child look for one. What
    is not code has neither a builder nor a file of weights beside it. Where a function is called,
    `builder` is its name.
    """

    module: str
    builder: str | None = None
    weights: str | None = None
    kind: Kind = "code"

    def as_dict(self) -> dict[str, str | None]:
        """The child's job, as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class NamedArray:
    """A parameter or buffer as the child showed it."""

    name: str
    kind: Literal["parameter", "buffer"]
    values: Array


@dataclass(frozen=True)
class Observation:
    """All that the parent saw: arrays, answers `(N, *shape)`, a fault or none, printed text.

    `arrays` and `answers` are None unless the child sent them to the end. `by_reference` says that
    the answers are not the child's: the reference model gave them, with these very arrays in it.
    """

    arrays: tuple[NamedArray, ...] | None = None
    answers: NDArray[np.float32] | None = None
    fault: Fault | None = None
    printed: str = ""
    seconds: float = 0.0
    by_reference: bool = False


@dataclass(frozen=True)
class CallsObservation:
    """What a function answered, call by call: an array, or in words what it raised.

    Where a fault ended it there are fewer answers than calls: it happened in the next one.
    """

    answers: tuple[Array | str, ...] = ()
    fault: Fault | None = None
    printed: str = ""
    seconds: float = 0.0


def observe(
    sandbox: Sandbox,
    folder: Path,
    entry: EntryPoint,
    batches: Iterable[NDArray[np.float32]],
    shape: tuple[int, ...],
    limits: Limits,
    cancel: Event | None = None,
) -> Observation:
    """Start a fresh child for `folder`, read its parameters, then its answers to every batch.

    `batches` are float32 `(n, ...)` without labels, in an order only the parent knows; none for
    weights alone, and for predictions the examples' numbers `(n,)`. `shape` is that of one answer.
    Never raises for anything the child does: a fault is part of what was seen.
    Setting `cancel` from another thread ends the child at once.
    """

    def hold(talk: Conversation) -> Observation:
        return _ExamInterview(talk, batches, shape).observation()

    job = {**entry.as_dict(), "shape": shape}
    seen = interview(sandbox, folder, job, limits, cancel, hold)
    return Observation(fault=seen) if isinstance(seen, Fault) else seen


def observe_calls(
    sandbox: Sandbox,
    folder: Path,
    entry: EntryPoint,
    calls: Sequence[Sequence[Array]],
    limits: Limits,
    cancel: Event | None = None,
) -> CallsObservation:
    """Start a fresh child for `folder` and call its function with the arguments of every call.

    The child gets copies: what it does to them is nobody's business. Never raises for anything it
    does, as `observe`.
    """

    def hold(talk: Conversation) -> CallsObservation:
        return _CallsInterview(talk, calls).observation()

    seen = interview(sandbox, folder, entry.as_dict(), limits, cancel, hold)
    return CallsObservation(fault=seen) if isinstance(seen, Fault) else seen


class ModelInterview(Interview):
    """A model shows its state once, and then answers batches with one answer of `shape` a row."""

    def __init__(self, talk: Conversation, shape: tuple[int, ...]) -> None:
        super().__init__(talk)
        self._shape = shape

    def _read_state(self) -> tuple[NamedArray, ...]:
        arrays: list[NamedArray] = []
        while (one := self._receive(frames.PARAMETER, frames.BUFFER, frames.END)).tag != frames.END:
            if len(arrays) == _MOST_TENSORS:
                raise ProtocolError(f"it has more than {_MOST_TENSORS} parameters and buffers")
            kind: Literal["parameter", "buffer"] = (
                "parameter" if one.tag == frames.PARAMETER else "buffer"
            )
            arrays.append(NamedArray(one.name, kind, one.values))
        return tuple(arrays)

    def _answers(self, message: bytes, count: int) -> NDArray[np.float32]:
        """Send one batch of `count` inputs and read what the model makes of it."""
        self._talk.send(message)
        return self._answered(count)

    def _answered(self, count: int) -> NDArray[np.float32]:
        shape = (count, *self._shape)
        values = self._receive(frames.ANSWERS).values
        if values.dtype != np.float32 or values.shape != shape:
            raise ProtocolError(
                f"for {shape[0]} inputs it answered with shape {values.shape}, not {shape}"
            )
        return values.astype(np.float32, copy=False)


class _ExamInterview(ModelInterview):
    """Its state and its answers to every batch are kept."""

    def __init__(
        self, talk: Conversation, batches: Iterable[NDArray[np.float32]], shape: tuple[int, ...]
    ) -> None:
        super().__init__(talk, shape)
        self._batches = batches
        self._arrays: tuple[NamedArray, ...] | None = None
        self._given: list[NDArray[np.float32]] = []

    def observation(self) -> Observation:
        fault = self.hold()
        answers = np.concatenate(self._given) if self._given and not fault else None
        return Observation(
            arrays=self._arrays,
            answers=answers,
            fault=fault,
            printed=self._talk.printed,
            seconds=self._talk.elapsed,
        )

    def _ask(self) -> None:
        self._arrays = self._read_state()
        laid = ((self._talk.desk.lay(batch), len(batch)) for batch in self._batches)
        following = next(laid, None)
        while following:
            message, count = following
            self._talk.send(message)
            following = next(laid, None)  # while the child computes
            self._given.append(self._answered(count))


class _CallsInterview(Interview):
    """A function that has been found is called, and answers or raises, once a call."""

    def __init__(self, talk: Conversation, calls: Sequence[Sequence[Array]]) -> None:
        super().__init__(talk)
        self._calls = calls
        self._answers: list[Array | str] = []

    def observation(self) -> CallsObservation:
        fault = self.hold()
        return CallsObservation(tuple(self._answers), fault, self._talk.printed, self._talk.elapsed)

    def _ask(self) -> None:
        self._receive(frames.END)
        for arguments in self._calls:
            self._talk.send(call_frames(arguments))
            frame = self._receive(frames.ANSWERS, frames.RAISED)
            raised = frame.tag == frames.RAISED
            self._answers.append(text_of(frame) if raised else frame.values)
