"""One conversation with a child from its greeting to its end, and whose fault an early end is."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any, Literal, TypeVar

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
from graders.sandbox.sandbox import Sandbox
from graders.sandbox.wire import Frame, ProtocolError

_STAGES = {
    "import": "its code does not import",
    "build": "its model does not build",
    "function": "its function is not there",
    "call": "its function gave up",
    "train": "its training gave up",
    "weights": "its weights do not load",
    "load": "it cannot be used",
    "state": "its parameters cannot be read",
    "answer": "its model fails on the test images",
}


@dataclass(frozen=True)
class Fault:
    """Why there are no (more) answers, and whose it is: the submission's or the machine's."""

    blame: Literal["submission", "machine"]
    reason: str


class ChildFaultError(Exception):
    """The child's own report of why it gives up, carried out of the interview."""


class Interview(ABC):
    """The order of the protocol: a greeting, then what a kind of submission is asked."""

    def __init__(self, talk: Conversation) -> None:
        self._talk = talk
        self._greeted = False

    def hold(self) -> Fault | None:
        """Ask everything; return what ended it before its time, if anything did."""
        try:
            self._talk.receive(frames.HELLO)
            self._greeted = True
            self._talk.start_the_clock()
            self._ask()
            self._talk.hang_up()
        except (HangUpError, ProtocolError, ChildFaultError) as error:
            fault = self._fault(error)
            self._talk.hang_up()
            return fault
        except (CancelledError, LimitError, StarvedError) as error:
            return self._fault(error)
        return None

    @abstractmethod
    def _ask(self) -> None:
        """Ask what there is to ask, after the greeting."""

    def _receive(self, *tags: int) -> Frame:
        frame = self._talk.receive(*tags, frames.FAULT)
        if frame.tag != frames.FAULT:
            return frame
        raise ChildFaultError(f"{_STAGES.get(frame.name, 'it gave up')}: {text_of(frame)}")

    def _fault(self, error: Exception) -> Fault:
        """Lay the blame: before the greeting no line of the student's has run."""
        if isinstance(error, CancelledError):
            return Fault("machine", "grading was stopped")
        if isinstance(error, StarvedError):
            return Fault("machine", str(error))
        if self._greeted or (isinstance(error, LimitError) and self._talk.has_spoken):
            return Fault("submission", str(error))
        last = self._talk.printed.strip().rpartition("\n")[2]
        return Fault("machine", f"the sandbox did not start: {last or error}")


_Seen = TypeVar("_Seen")


def interview(
    sandbox: Sandbox,
    folder: Path,
    job: dict[str, Any],
    limits: Limits,
    cancel: Event | None,
    hold: Callable[[Conversation], _Seen],
) -> _Seen | Fault:
    """Start a fresh child for `folder` and `hold` an interview; a Fault where there is no child."""

    def launch(ends: Sequence[int]) -> Newborn:
        return sandbox.bear(folder, limits, job, ends)

    try:
        with start(launch, limits, cancel or Event(), sandbox.later) as talk:
            return hold(talk)
    except SandboxError as error:
        return Fault("machine", str(error))


def text_of(frame: Frame) -> str:
    """Words that a child sent, cut to what it may."""
    return frame.values.tobytes()[: frames.MAX_FAULT_BYTES].decode(errors="replace")
