"""Control groups: the kernel's own count of all that a child and what it starts may take.

A watch that looks now and then can be outrun by a fork bomb, and root escapes the limits of
setrlimit(2). A group cannot be outrun nor left. Groups can be made by root, and by a user in what
systemd delegates (`systemd-run --user --scope`); see cgroups(7). Both versions are known: the
second has one tree of groups, the first a tree for processes and one for memory.
"""

import contextlib
import itertools
import os
import secrets
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from graders.errors import SandboxError
from graders.sandbox.limits import Limits

_PREFIX = "gradebench"
_ATTEMPTS, _PAUSE_SECONDS = 100, 0.01
_INIT = 1
"""The first process of a world of its own, which is not the student's."""
_SLACK = 8
"""A group may take this part more than is allowed: the watch finds it first, in its own words."""


@dataclass(frozen=True)
class _Counter:
    """A file that holds a limit, and the line of another that counts what it refused."""

    limit: str
    events: str
    refused: str


_PROCESSES = _Counter("pids.max", "pids.events", "max")
_MEMORY = (
    _Counter("memory.max", "memory.events", "oom_kill"),
    _Counter("memory.limit_in_bytes", "memory.oom_control", "oom_kill"),
)


@dataclass(frozen=True)
class Group:
    """The group of one child: a folder in each tree of groups."""

    folders: tuple[Path, ...]
    limits: Limits

    def excess(self) -> str | None:
        """Return which limit the kernel has held it to, in words, or None."""
        for folder in self.folders:
            if _refusals(folder, _PROCESSES):
                return f"it started more than {self.limits.processes} processes and threads"
            if any(_refusals(folder, each) for each in _MEMORY):
                return f"it used more than {self.limits.memory_bytes // 2**20} MiB of memory"
        return None

    def limited(self, limits: Limits) -> "Group":
        """The same group under other limits; SandboxError where the kernel refuses."""
        with _refusing():
            for folder in self.folders:
                _limit(folder, limits)
        return Group(self.folders, limits)

    @property
    def members(self) -> list[int]:
        """The numbers of the processes that are in it."""
        return _members(self.folders[0])

    def kill(self) -> None:
        """Kill all that is in it; what would be started meanwhile is not."""
        for folder in self.folders:
            with contextlib.suppress(OSError):
                (folder / _PROCESSES.limit).write_text("0")
        for folder in self.folders:
            for pid in _members(folder):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def remove(self) -> None:
        """Remove it, once the last that was killed in it has left it."""
        for folder in self.folders:
            _remove(folder)


@dataclass(frozen=True)
class ControlGroups:
    """Where this grader makes groups, one folder a tree."""

    places: tuple[Path, ...]
    _mark: str = field(default_factory=lambda: f"{_PREFIX}-{os.getpid()}-{secrets.token_hex(4)}")
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def confine(self, pid: int, limits: Limits) -> Group:
        """Put the process `pid`, and all that it will start, into a new group of its own.

        SandboxError where the kernel refuses.
        """
        name = f"{self._mark}-{next(self._numbers)}"
        group = Group(tuple(place / name for place in self.places), limits)
        try:
            with _refusing():
                for folder in group.folders:
                    folder.mkdir()
                    _limit(folder, limits)
                    (folder / "cgroup.procs").write_text(str(pid))
        except SandboxError:
            group.remove()
            raise
        return group

    def close(self) -> None:
        """Remove what is left of these groups."""
        for place in self.places:
            for folder in place.glob(f"{self._mark}-*"):
                _remove(folder)

    def sweep(self) -> None:
        """Remove what is left of groups whose grader has ended without a chance to."""
        for place in self.places:
            for folder in place.glob(f"{_PREFIX}-*"):
                if not psutil.pid_exists(int(folder.name.split("-")[1])):
                    _remove(folder)


def find_control_groups(
    mounts: Path = Path("/proc/self/mounts"), own: Path = Path("/proc/self/cgroup")
) -> ControlGroups | None:
    """Return where groups can be made that limit processes and memory; None where in neither."""
    found: list[Path] = []
    for counters in ((_PROCESSES,), _MEMORY):
        if not any(_has(place, *counters) for place in found):
            places = (place for place in _candidates(mounts, own) if _has(place, *counters))
            found.extend(itertools.islice(places, 1))
    if not found:
        return None
    groups = ControlGroups(tuple(found))
    groups.sweep()
    return groups


def _candidates(mounts: Path, own: Path) -> Iterator[Path]:
    """The grader's own group in every tree and those above it, nearest first."""
    if not own.exists():  # a kernel without groups
        return
    groups: dict[frozenset[str], str] = {}
    for line in own.read_text().splitlines():
        _, names, path = line.split(":", 2)
        groups[frozenset(names.split(",")) - {""}] = path
    for line in mounts.read_text().splitlines():
        _, root, kind, options, *_ = line.split()
        if kind not in ("cgroup", "cgroup2"):
            continue
        for controllers, path in groups.items():
            if controllers <= set(options.split(",")) and bool(controllers) == (kind == "cgroup"):
                inner = Path(root) / path.strip("/")
                yield from (p for p in (inner, *inner.parents) if p.is_relative_to(root))


def _has(place: Path, *counters: _Counter) -> bool:
    """Whether a group made in `place` has one of `counters`, and takes processes."""
    trial = place / f"{_PREFIX}-{os.getpid()}-trial"
    try:
        trial.mkdir()
    except OSError:
        return False
    try:
        return os.access(place / "cgroup.procs", os.W_OK) and any(
            os.access(trial / each.limit, os.W_OK) for each in counters
        )
    finally:
        trial.rmdir()


@contextlib.contextmanager
def _refusing() -> Iterator[None]:
    """Tell of what the kernel refuses as the machine's fault."""
    try:
        yield
    except OSError as error:
        raise SandboxError(f"the sandbox did not start: no control group: {error}") from None


def _limit(folder: Path, limits: Limits) -> None:
    most = limits.memory_bytes + limits.memory_bytes // _SLACK + limits.temporary_bytes
    wanted = {_PROCESSES.limit: limits.processes + _INIT, **{one.limit: most for one in _MEMORY}}
    for name, value in wanted.items():
        if (folder / name).exists():
            (folder / name).write_text(str(value))
    if (folder / "memory.swap.max").exists():
        (folder / "memory.swap.max").write_text("0")


def _remove(folder: Path) -> None:
    """Remove a group; a process that has ended is in it for some milliseconds more."""
    for _ in range(_ATTEMPTS):
        try:
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def _members(folder: Path) -> list[int]:
    with contextlib.suppress(OSError):
        pids = map(int, (folder / "cgroup.procs").read_text().split())
        return [pid for pid in pids if pid]  # 0 is one that this process cannot name
    return []


def _refusals(folder: Path, counter: _Counter) -> int:
    with contextlib.suppress(OSError):
        for line in (folder / counter.events).read_text().splitlines():
            name, _, value = line.partition(" ")
            if name == counter.refused:
                return int(value)
    return 0
