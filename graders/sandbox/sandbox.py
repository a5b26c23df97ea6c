"""An open sandbox: where submissions lie, and where children are born for them."""

import itertools
import tempfile
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import get_ident
from typing import Any, NamedTuple, Self

from graders.errors import SandboxError
from graders.sandbox.cgroups import ControlGroups
from graders.sandbox.cuda import Device
from graders.sandbox.disk import remove
from graders.sandbox.foresight import Foresight
from graders.sandbox.limits import Limits
from graders.sandbox.nursery import Newborn, Nursery


class _PutOff(NamedTuple):
    """What a thread, by its number, has left to another to do."""

    owner: int
    thread: ThreadPoolExecutor
    work: Future[None]


class Sandbox:
    """A sandbox that passed its self-test, or the reason why there is none.

    Submissions must lie below `spool` to be shown to a child. Close it, or use it in a `with`.
    """

    def __init__(self, level: str = "none", reason: str = "", device: Device = "cpu") -> None:
        self.level = level
        self.reason = reason
        self.device = device
        self.torch = ""
        self._spool: tempfile.TemporaryDirectory[str] | None = None
        self._nursery: Nursery | None = None
        self._work: itertools.count[int] | None = None
        self._groups: ControlGroups | None = None
        self._foresight: Foresight | None = None
        self._put_off: deque[_PutOff] = deque()

    @property
    def holds(self) -> bool:
        """Whether anything may be run in it."""
        return self._nursery is not None

    @property
    def spool(self) -> Path:
        """The folder for private copies of submissions; nobody else on this machine may look in."""
        return Path(self._spool.name if self._spool else tempfile.gettempdir())

    def device_of(self, kind: str) -> Device:
        """Where a submission of a `kind` computes: whole models stay on the CPU."""
        return self.device if kind in ("code", "function", "training") else "cpu"

    def bear(
        self, folder: Path, limits: Limits, job: dict[str, Any], ends: Sequence[int]
    ) -> Newborn:
        """Let a confined child be born for the submission in `folder`, below the spool.

        `ends` are its descriptors to read, to write, and of memory to read from. It begins its
        `job` once it reads `!` from the first.
        SandboxError where there is no sandbox, or the machine refuses.
        """
        if self._nursery is None:
            raise SandboxError(self.reason)
        self._finish(get_ident())  # no more than one child a job takes memory at any time
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
        try:
            newborn = self._nursery.bear(order, ends)
        except SandboxError:
            if "work" in order:
                remove(Path(order["work"]))
            raise
        if self._foresight is not None:
            try:
                newborn.group = self._foresight.group_of(newborn.pid, limits)
            except SandboxError:
                newborn.kill()
                newborn.close()
                raise
        return newborn

    def later(self, work: Callable[[], None]) -> None:
        """Do `work` while nobody waits: at the latest before this thread's next child is born."""
        thread = ThreadPoolExecutor(1)
        self._put_off.append(_PutOff(get_ident(), thread, thread.submit(work)))

    def rest(self) -> None:
        """Wait until nothing is left of the last child, nor being made for the next submission."""
        self._finish()
        if self._foresight is not None:
            self._foresight.rest()

    def _finish(self, owner: int | None = None) -> None:
        """Wait for what a thread has put off, or all; others' slow farewells hold nobody up."""
        for each in tuple(self._put_off):
            if owner in (None, each.owner):
                each.thread.shutdown()
                with suppress(ValueError):  # another, who rests, was faster
                    self._put_off.remove(each)
                each.work.result()

    def close(self) -> None:
        """End every child and remove every copy."""
        try:
            self.rest()
        finally:
            self._let_go()

    def _let_go(self) -> None:
        if self._nursery is not None:
            self._nursery.close()
        if self._groups is not None:
            self._groups.close()
        if self._spool is not None:
            self._spool.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def make_spool(self) -> None:
        """Make the folder for copies, before anything is told where it is."""
        self._spool = tempfile.TemporaryDirectory(prefix="gradebench-", ignore_cleanup_errors=True)

    def take(self, nursery: Nursery, groups: ControlGroups | None, *, bare: bool) -> None:
        """Start `nursery` and take it into use; `bare` ones have no world but the machine's.

        Each child gets a control group where there are `groups`.
        """
        self._nursery = nursery
        self._groups = groups
        self._foresight = Foresight(nursery, groups) if groups else None
        if bare:
            self._work = itertools.count()
        nursery.start()
        self.torch = nursery.torch
