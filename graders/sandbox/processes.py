"""Watching and ending the process tree of one submission."""

import contextlib
import os
import time
from pathlib import Path

import psutil

from graders.sandbox.disk import bytes_below, removed_bytes
from graders.sandbox.limits import Limits
from graders.sandbox.nursery import Newborn

_GRACE_SECONDS = 10.0


class Tree:
    """A started program and everything below it."""

    def __init__(self, program: Newborn) -> None:
        self._program = program
        self._seen: dict[int, psutil.Process] = {}
        self._before = (0.0, 0.0)

    def start_the_clock(self) -> None:
        """Count processor time, and waiting for it, from now; nothing has ended yet."""
        members = self._members()
        self._before = (_computed_seconds(members), _longest_wait(members))

    def excess(self, limits: Limits) -> str | None:
        """Return which limit the tree is over, in words, or None."""
        members = self._members()
        held = self._program.group and self._program.group.excess()
        if held:
            return held
        if len(members) > limits.processes or _threads(members) > limits.processes:
            return f"it started more than {limits.processes} processes and threads"
        most = limits.memory_bytes
        # Each fork counts what all share: a sum too large is worth a slower, fairer look.
        if _resident_bytes(members) > most and _proportional_bytes(members) > most:
            return f"it used more than {limits.memory_bytes // 2**20} MiB of memory"
        if self._written_bytes(members, limits.temporary_bytes) > limits.temporary_bytes:
            return f"it wrote more than {limits.temporary_bytes // 2**20} MiB of temporary files"
        return None

    def _written_bytes(self, members: list[psutil.Process], enough: int) -> int:
        """How much it wrote to its folder, where it has none of limited size."""
        if self._program.work is None:
            return 0
        written = bytes_below(self._program.work, enough)
        return written if written > enough else written + removed_bytes(members)

    def kill(self) -> None:
        """Kill the whole tree: from now on none of it computes.

        Killing the first process of a process-id namespace makes the kernel kill every other one in
        it, however deep or daemonised. A group that nobody can leave is killed at once, too.
        """
        self._program.kill()

    def see_off(self) -> None:
        """Wait until the kernel has taken everything back from a tree that was killed."""
        self._program.wait(_GRACE_SECONDS)
        psutil.wait_procs(list(self._seen.values()), timeout=_GRACE_SECONDS)

    def cpu_seconds(self) -> float:
        """CPU time that the tree has used since the clock was started.

        Of processes that have ended it counts those that one still alive has waited for.
        """
        return _computed_seconds(self._relatives()) - self._before[0]

    def waited_seconds(self) -> float:
        """How long it was ready to compute since the clock was started, and had no processor."""
        return _longest_wait(self._members()) - self._before[1]

    def _relatives(self) -> list[psutil.Process]:
        """All members, and those that have ended and that nobody has waited for."""
        return self._members() if self._program.leads_group else _below(self._program.pid)

    def _members(self) -> list[psutil.Process]:
        if self._program.group is not None:
            members = _found(self._program.group.members)
        elif self._program.leads_group:  # those whose own parent has ended are the nursery's now
            members = _group(self._program.pid)
        else:
            members = _below(self._program.pid)
        self._seen.update((process.pid, process) for process in members)
        return members


def _found(pids: list[int]) -> list[psutil.Process]:
    found = []
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            found.append(psutil.Process(pid))
    return found


def _below(pid: int) -> list[psutil.Process]:
    """The process and its descendants, which is slow: all of the machine's are asked."""
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _group(leader: int) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(OSError):
            if os.getpgid(process.pid) == leader:
                found.append(process)
    return found


def _computed_seconds(members: list[psutil.Process]) -> float:
    total = 0.0
    for process in members:
        with contextlib.suppress(psutil.Error):
            spent = process.cpu_times()
            total += spent.user + spent.system + spent.children_user + spent.children_system
    return total


def _longest_wait(members: list[psutil.Process]) -> float:
    return max((_waited_seconds(process.pid) for process in members), default=0.0)


def _threads(members: list[psutil.Process]) -> int:
    """How many threads all have; the kernel's own limit leaves out those of root."""
    total = 0
    for process in members:
        with contextlib.suppress(psutil.Error):
            total += process.num_threads()
    return total


def _resident_bytes(members: list[psutil.Process]) -> int:
    total = 0
    for process in members:
        with contextlib.suppress(psutil.Error):
            total += process.memory_info().rss
    return total


def _proportional_bytes(members: list[psutil.Process]) -> int:
    """Memory of all, what several share counted once; see proc(5), smaps_rollup."""
    total = 0
    for process in members:
        try:
            text = Path(f"/proc/{process.pid}/smaps_rollup").read_text("ascii")
            total += 1024 * int(text.partition("\nPss:")[2].split(maxsplit=1)[0])
        except (OSError, ValueError, IndexError):  # ended meanwhile, or not for us to see
            total += _resident_bytes([process])
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
