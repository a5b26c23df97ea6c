"""Watching and ending the process tree of one submission."""

import contextlib
import subprocess
import time
from pathlib import Path

import psutil

from graders.sandbox.limits import Limits

_GRACE_SECONDS = 10.0


class Tree:
    """A started program and everything below it."""

    def __init__(self, program: "subprocess.Popen[bytes]") -> None:
        self._program = program
        self._seen: dict[int, psutil.Process] = {}
        self._before = (0.0, 0.0)

    def start_the_clock(self) -> None:
        """Count processor time, and waiting for it, from now."""
        self._before = (self._computed(), self._waited())

    def excess(self, limits: Limits) -> str | None:
        """Return which limit the tree is over, in words, or None."""
        members = self._members()
        if len(members) > limits.processes:
            return f"it started more than {limits.processes} processes"
        if _resident_bytes(members) > limits.memory_bytes:
            return f"it used more than {limits.memory_bytes // 2**20} MiB of memory"
        return None

    def end(self) -> list[int]:
        """Kill and reap the whole tree; return the process ids that still live, normally none.

        Killing bubblewrap kills the first process of the sandbox's own process-id namespace, and
        the kernel then kills every other one in it, however deep or daemonised.
        """
        members = self._members()
        for process in (*members, *self._seen.values()):
            with contextlib.suppress(psutil.Error):
                process.kill()
        self._program.kill()
        self._program.wait()
        _, alive = psutil.wait_procs(list(self._seen.values()), timeout=_GRACE_SECONDS)
        return [process.pid for process in alive if process.status() != psutil.STATUS_ZOMBIE]

    def cpu_seconds(self) -> float:
        """CPU time that the living tree has used since the clock was started."""
        return self._computed() - self._before[0]

    def _computed(self) -> float:
        total = 0.0
        for process in self._members():
            with contextlib.suppress(psutil.Error):
                spent = process.cpu_times()
                total += spent.user + spent.system
        return total

    def was_starved(self, seconds: float) -> bool:
        """Whether, of the last `seconds`, the tree spent most waiting for a processor.

        A tree that computed for half of the time, or slept, has nobody else to blame.
        """
        if self.cpu_seconds() > seconds / 2:
            return False
        return self._waited() - self._before[1] > seconds / 2

    def _waited(self) -> float:
        waits = (_waited_seconds(process.pid) for process in self._members())
        return max(waits, default=0.0)

    def _members(self) -> list[psutil.Process]:
        try:
            root = psutil.Process(self._program.pid)
            members = [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []
        self._seen.update((process.pid, process) for process in members)
        return members


def _resident_bytes(members: list[psutil.Process]) -> int:
    total = 0
    for process in members:
        with contextlib.suppress(psutil.Error):
            total += process.memory_info().rss
    return total


def _waited_seconds(pid: int) -> float:
    """How long the first thread of `pid` was ready to run and did not; see proc(5), schedstat."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


class Deadline:
    """A point on the parent's clock, in seconds from now."""

    def __init__(self, seconds: float) -> None:
        self._start = time.monotonic()
        self.seconds = seconds

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._start

    @property
    def passed(self) -> bool:
        """Whether the time is up."""
        return self.elapsed > self.seconds
