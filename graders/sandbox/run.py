"""Run one submission in the sandbox and return what was seen, without judging it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from graders.errors import SandboxError
from graders.sandbox.conversation import (
    CancelledError,
    Conversation,
    HangUpError,
    LimitError,
    StarvedError,
    start,
)
from graders.sandbox.inside import frames
from graders.sandbox.limits import Limits
from graders.sandbox.nursery import Newborn
from graders.sandbox.opening import Sandbox
from graders.sandbox.wire import Array, Frame, ProtocolError, inputs_frame

_MOST_TENSORS = 10_000

Kind = Literal["code", "weights", "program", "onnx", "keras", "predictions"]
"""What a child is given: code, weights alone, a whole model of some maker, answers alone."""


@dataclass(frozen=True)
class EntryPoint:
    """Which file to load, which callable in it builds the model, which file has the weights.

    Paths are relative to the submission's folder; `builder` None lets the child look for one. What
    is not code has neither a builder nor a file of weights beside it.
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
class Fault:
    """Why there are no (more) answers, and whose it is: the submission's or the machine's."""

    blame: Literal["submission", "machine"]
    reason: str


@dataclass(frozen=True)
class Observation:
    """All that the parent saw: arrays, answers `(N, classes)`, a fault or none, printed text.

    `arrays` and `answers` are None unless the child sent them to the end.
    """

    arrays: tuple[NamedArray, ...] | None = None
    answers: NDArray[np.float32] | None = None
    fault: Fault | None = None
    printed: str = ""
    seconds: float = 0.0


def observe(
    sandbox: Sandbox,
    folder: Path,
    entry: EntryPoint,
    batches: Sequence[NDArray[np.float32]],
    classes: int,
    limits: Limits,
    cancel: Event | None = None,
) -> Observation:
    """Start a fresh child for `folder`, read its parameters, then its answers to every batch.

    `batches` are float32 `(n, C, H, W)` without labels, in an order only the parent knows. Never
    raises for anything the child does: a fault is part of what was seen. Setting `cancel` from
    another thread ends the child at once.
    """

    def launch(child_reads: int, child_writes: int) -> Newborn:
        return sandbox.bear(folder, limits, entry.as_dict(), child_reads, child_writes)

    try:
        with start(launch, limits, cancel or Event()) as talk:
            return _Interview(talk).hold(batches, classes)
    except SandboxError as error:
        return Observation(fault=Fault("machine", str(error)))


class _ChildFault(Exception):  # noqa: N818 - the child's own report, carried out of the interview
    pass


class _Interview:
    """The order of the protocol: a greeting, the state, then one answer a batch."""

    def __init__(self, talk: Conversation) -> None:
        self._talk = talk
        self._greeted = False
        self._arrays: tuple[NamedArray, ...] | None = None
        self._answers: list[NDArray[np.float32]] = []

    def hold(self, batches: Sequence[NDArray[np.float32]], classes: int) -> Observation:
        fault: Fault | None = None
        try:
            self._ask(batches, classes)
            self._talk.hang_up()
        except (HangUpError, ProtocolError, _ChildFault) as error:
            fault = self._fault(error)
            self._talk.hang_up()
        except (CancelledError, LimitError, StarvedError) as error:
            fault = self._fault(error)
        return self._observation(fault)

    def _ask(self, batches: Sequence[NDArray[np.float32]], classes: int) -> None:
        self._talk.receive(frames.HELLO)
        self._greeted = True
        self._talk.start_the_clock()
        self._arrays = self._read_state()
        for batch in batches:
            self._talk.send(inputs_frame(batch))
            self._answers.append(self._read_answers(len(batch), classes))

    def _fault(self, error: Exception) -> Fault:
        """Lay the blame: before the greeting no line of the student's has run."""
        if isinstance(error, CancelledError):
            return Fault("machine", "grading was stopped")
        if isinstance(error, StarvedError):
            return Fault("machine", str(error))
        if self._greeted:
            return Fault("submission", str(error))
        last = self._talk.printed.strip().rpartition("\n")[2]
        return Fault("machine", f"the sandbox did not start: {last or error}")

    def _observation(self, fault: Fault | None) -> Observation:
        answers = np.concatenate(self._answers) if self._answers and not fault else None
        return Observation(
            arrays=self._arrays,
            answers=answers,
            fault=fault,
            printed=self._talk.printed,
            seconds=self._talk.elapsed,
        )

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

    def _read_answers(self, count: int, classes: int) -> NDArray[np.float32]:
        values = self._receive(frames.ANSWERS).values
        if values.dtype != np.float32 or values.shape != (count, classes):
            wanted, got = f"({count}, {classes})", str(values.shape)
            raise ProtocolError(f"for {count} images it answered with shape {got}, not {wanted}")
        return values.astype(np.float32, copy=False)

    def _receive(self, *tags: int) -> Frame:
        frame = self._talk.receive(*tags, frames.FAULT)
        if frame.tag != frames.FAULT:
            return frame
        raise _ChildFault(_words(frame))


def _words(frame: Frame) -> str:
    """Put into words what the child says went wrong: its stage if known, then its text."""
    text = frame.values.tobytes()[: frames.MAX_FAULT_BYTES].decode(errors="replace")
    stages = {
        "import": "its code does not import",
        "build": "its model does not build",
        "weights": "its weights do not load",
        "state": "its parameters cannot be read",
        "answer": "its model fails on the test images",
    }
    return f"{stages.get(frame.name, 'it gave up')}: {text}"
