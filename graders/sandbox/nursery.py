"""The grader's side of a nursery: start one, and let it bear a confined child for a submission."""

import contextlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

from graders.errors import SandboxError
from graders.sandbox import inside
from graders.sandbox.cgroups import Group
from graders.sandbox.disk import remove
from graders.sandbox.limits import STARTUP_SECONDS

_CREDENTIALS = struct.Struct("3i")
_MOST_BYTES = 1 << 16
_MOMENT_SECONDS = 0.005
_REPLY_SECONDS = float(STARTUP_SECONDS)
"""The first child of its kind waits for a library's import."""


class Newborn:
    """A confined child; `pid` is the first of its processes, `printed` where its prints come out.

    `work` is the folder that it writes to, where it has none in memory.
    """

    def __init__(self, pid: int, printed: int, work: Path | None = None) -> None:
        self.pid = pid
        self.printed = printed
        self.work = work
        self.group: Group | None = None
        self._handle = os.pidfd_open(pid)

    @property
    def leads_group(self) -> bool:
        """Whether a process group holds it together, and not a namespace."""
        return self.work is not None

    def kill(self) -> None:
        """End it and all that it started: its control group, its world, or its process group."""
        if self.group is not None:
            self.group.kill()
        with contextlib.suppress(ProcessLookupError):
            if self.leads_group:
                os.killpg(self.pid, signal.SIGKILL)
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def wait(self, seconds: float) -> None:
        """Wait until it has ended, but not for ever."""
        waiting = select.poll()
        waiting.register(self._handle, select.POLLIN)
        waiting.poll(seconds * 1000)

    def close(self) -> None:
        """Let go of what refers to it."""
        os.close(self._handle)
        os.close(self.printed)
        if self.group is not None:
            self.group.remove()
        if self.work is not None:
            remove(self.work)


class Ground(Protocol):
    """Where a nursery lives: bubblewrap's world, or the bare machine."""

    @property
    def code(self) -> Path:
        """Where the code of the inside is, as seen from there."""

    def launch(
        self, program: Sequence[str], descriptors: Sequence[int], environment: dict[str, str]
    ) -> "subprocess.Popen[bytes]":
        """Start `program` with `descriptors`, an empty stdin, and one pipe for its prints."""


class Nursery:
    """A running nursery. Threads may share it: children are born one at a time, in milliseconds."""

    def __init__(
        self, ground: Ground, settings: Mapping[str, Any], environment: dict[str, str]
    ) -> None:
        self._ground = ground
        self._settings = settings
        self._environment = environment
        self._lock = Lock()
        self._program: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._unborn: int | None = None
        self.torch = ""

    def start(self) -> None:
        """Start it and wait until it has imported torch; SandboxError says why it does not."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            settings = {**self._settings, "control": theirs.fileno()}
            words = [sys.executable, *_program(self._ground.code, settings)]
            self._program = self._ground.launch(words, [theirs.fileno()], self._environment)
        self._control = ours
        try:
            self.torch = str(self._receive(STARTUP_SECONDS)[0]["torch"])
        except SandboxError as error:
            printed = self._last_words()
            self.close()
            raise SandboxError(f"the sandbox does not start ({printed or error})") from None

    def bear(self, order: Mapping[str, Any], ends: Sequence[int]) -> Newborn:
        """Let a child be born for `order`; it begins once it reads `!` from the first of `ends`.

        SandboxError if the machine refuses.
        """
        printed, prints = os.pipe()
        try:
            with self._lock:
                reply, pid = self._order(order, [prints, *ends])
        except BaseException:
            os.close(printed)
            raise
        finally:
            os.close(prints)
        if "error" in reply:
            os.close(printed)
            raise SandboxError(f"the sandbox did not start: {reply['error']}")
        work = order.get("work")
        return Newborn(pid, printed, Path(work) if work else None)

    def foresee(self) -> int | None:
        """Wait a moment for the number of the process that will be the next child; take it."""
        control = self._control
        if self._unborn is None and control is not None:
            with contextlib.suppress(OSError, ValueError, SandboxError):  # it may be closed
                select.select([control], [], [], _MOMENT_SECONDS)
                with self._lock:
                    if self._control is control:
                        self._note(*self._receive(0))
        pid, self._unborn = self._unborn, None
        return pid

    def close(self) -> None:
        """End the nursery and every child that it still has."""
        self._unborn = None
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._program is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._program.wait(1)
            self._program.kill()
            self._program.communicate()
            self._program = None

    def _order(
        self, order: Mapping[str, Any], descriptors: list[int]
    ) -> tuple[dict[str, Any], int]:
        """Send an order; return the answer and whose it is. A nursery found dead is replaced."""
        message = json.dumps(order).encode()
        try:
            self._send(message, descriptors)
        except OSError:
            self.close()
            self._send(message, descriptors)
        try:
            while self._note(*(answer := self._receive(_REPLY_SECONDS))):
                pass
        except (OSError, SandboxError) as error:
            self.close()
            raise SandboxError(f"the sandbox did not start: {error}") from None
        if answer[1] == self._unborn:
            self._unborn = None
        return answer

    def _note(self, message: dict[str, Any], pid: int) -> bool:
        """Note who will be next, if that is what the message says."""
        if "unborn" in message:
            self._unborn = pid
            return True
        return False

    def _send(self, message: bytes, descriptors: list[int]) -> None:
        if self._control is None:
            self.start()
        assert self._control is not None  # noqa: S101 - just started
        socket.send_fds(self._control, [message], descriptors)

    def _receive(self, seconds: float) -> tuple[dict[str, Any], int]:
        """Return the next message and the number of the process that sent it, as it is here."""
        assert self._control is not None  # noqa: S101 - only asked while it runs
        self._control.settimeout(seconds)
        space = socket.CMSG_SPACE(_CREDENTIALS.size)
        try:
            data, extra, _, _ = self._control.recvmsg(_MOST_BYTES, space)
        except (TimeoutError, BlockingIOError):
            raise SandboxError(f"no answer within {seconds:g} s") from None
        if not data:
            raise SandboxError("it ended at once")
        pid = next(
            (
                _CREDENTIALS.unpack(value)[0]
                for level, kind, value in extra
                if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS)
            ),
            0,
        )
        return json.loads(data), pid

    def _last_words(self) -> str:
        """What the program printed when it did not start."""
        if self._program is None or self._program.stdout is None:
            return ""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._program.wait(1)
        self._program.kill()
        text = self._program.stdout.read().decode(errors="replace").strip()
        return text.rpartition("\n")[2]


def _program(code: Path, settings: Mapping[str, Any]) -> list[str]:
    # What lies beside the inside is on the path no longer than it must: it has names of its own.
    start = (
        f"import sys, json; sys.path.insert(0, {str(code.parent)!r}); "
        f"from {code.name}.nursery import main; del sys.path[0]; main(json.loads(sys.argv[1]))"
    )
    return ["-I", "-B", "-u", "-c", start, json.dumps(settings)]


def code_folder() -> Path:
    """Where the code that runs inside lies on this machine."""
    return Path(inside.__file__).parent
