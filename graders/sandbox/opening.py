"""Open the best sandbox that holds on this machine, and keep it open for many submissions."""

import base64
import itertools
import platform
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, Self

from graders.errors import SandboxError
from graders.sandbox.bubblewrap import find_bubblewrap
from graders.sandbox.environment import child_environment
from graders.sandbox.landlock import find_landlock, rules
from graders.sandbox.limits import Limits
from graders.sandbox.mounts import Mount, plan
from graders.sandbox.nursery import Ground, Newborn, Nursery
from graders.sandbox.seccomp import filter_program
from graders.sandbox.selftest import insist_that_it_holds

Level = Literal["auto", "bubblewrap", "landlock"]
LEVELS: tuple[Level, ...] = ("bubblewrap", "landlock")
"""Strongest first."""


class Sandbox:
    """A sandbox that passed its self-test, or the reason why there is none.

    Submissions must lie below `spool` to be shown to a child. Close it, or use it in a `with`.
    """

    def __init__(self, level: str = "none", reason: str = "") -> None:
        self.level = level
        self.reason = reason
        self.torch = ""
        self._spool: tempfile.TemporaryDirectory[str] | None = None
        self._nursery: Nursery | None = None
        self._work: itertools.count[int] | None = None

    @property
    def holds(self) -> bool:
        """Whether anything may be run in it."""
        return self._nursery is not None

    @property
    def spool(self) -> Path:
        """The folder for private copies of submissions; nobody else on this machine may look in."""
        return Path(self._spool.name if self._spool else tempfile.gettempdir())

    def bear(
        self, folder: Path, limits: Limits, job: dict[str, Any], reads: int, writes: int
    ) -> Newborn:
        """Let a confined child be born for the submission in `folder`, below the spool.

        It begins its `job` once it reads `!` from the descriptor `reads`, and answers on `writes`.
        SandboxError where there is no sandbox, or the machine refuses.
        """
        if self._nursery is None:
            raise SandboxError(self.reason)
        order: dict[str, Any] = {
            "name": str(folder.relative_to(self.spool)),
            "folder": str(folder),
            "limits": {**limits.as_dict(), "cpu_seconds": limits.cpu_seconds},
            "job": job,
        }
        if self._work is not None:
            work = self.spool / f"work-{next(self._work)}"
            work.mkdir(mode=0o700)
            order["work"] = str(work)
        return self._nursery.bear(order, reads, writes)

    def close(self) -> None:
        """End every child and remove every copy."""
        if self._nursery is not None:
            self._nursery.close()
        if self._spool is not None:
            self._spool.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def make_spool(self) -> None:
        """Make the folder for copies, before anything is told where it is."""
        self._spool = tempfile.TemporaryDirectory(prefix="gradebench-", ignore_cleanup_errors=True)

    def take(self, nursery: Nursery, *, bare: bool) -> None:
        """Start `nursery` and take it into use; `bare` ones have no world but the machine's."""
        self._nursery = nursery
        if bare:
            self._work = itertools.count()
        nursery.start()
        self.torch = nursery.torch


def open_sandbox(secret: Iterable[Path] = (), level: Level = "auto") -> Sandbox:
    """Find a sandbox and test it on this machine; never raises for want of one.

    `secret` are paths that no child may see even if they lie below a folder that it needs. `auto`
    takes the strongest that holds; asking for one level accepts no weaker.
    """
    wanted = LEVELS if level == "auto" else (level,)
    reasons = []
    for each in wanted:
        try:
            return _open(each, tuple(secret))
        except SandboxError as error:
            reasons.append(str(error))
    return Sandbox(reason="; ".join(dict.fromkeys(reasons)))


def _open(level: Level, secret: tuple[Path, ...]) -> Sandbox:
    bare = level == "landlock"
    calls = filter_program(alone=not bare)
    if calls is None:
        raise SandboxError(f"there is no system call filter for {platform.machine()} processors")
    sandbox = Sandbox()
    sandbox.make_spool()
    try:
        mounts = tuple(plan(secret))
        ground: Ground
        if bare:
            ground = landlock = find_landlock()
            sandbox.level = landlock.level
        else:
            ground = bubblewrap = find_bubblewrap(mounts, sandbox.spool)
            sandbox.level = bubblewrap.level
        limits = Limits()
        settings = {
            "level": "landlock" if bare else "namespaces",
            "filter": base64.b64encode(calls).decode(),
            "threads": limits.threads,
            "rules": rules((*mounts, Mount(ground.code, "show"))) if bare else [],
        }
        sandbox.take(Nursery(ground, settings, child_environment(limits)), bare=bare)
        insist_that_it_holds(sandbox, shares_processes=bare)
    except BaseException:
        sandbox.close()
        raise
    return sandbox
