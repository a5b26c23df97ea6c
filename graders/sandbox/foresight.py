"""The next child's control group, made while nobody waits for it.

Whoever joins a group waits some 12 ms until every processor knows. A nursery announces the child
that it has ready for the next order; so a thread puts that one into a group meanwhile.
"""

import time
from contextlib import suppress
from threading import Event, Lock, Thread

from graders.errors import SandboxError
from graders.sandbox.cgroups import ControlGroups, Group
from graders.sandbox.limits import Limits
from graders.sandbox.nursery import Nursery

_PATIENCE_SECONDS = 1.0


class Foresight:
    """Control groups of `groups` for the children of `nursery`."""

    def __init__(self, nursery: Nursery, groups: ControlGroups) -> None:
        self._nursery = nursery
        self._groups = groups
        self._ready: dict[int, Group] = {}
        self._thread: Thread | None = None
        self._enough = Event()
        self._lock = Lock()

    def group_of(self, pid: int, limits: Limits) -> Group:
        """Return the group of the child `pid`, which it is in; SandboxError if there is none.

        Then begin to get ready for the next.
        """
        with self._lock:
            return self._group_of(pid, limits)

    def _group_of(self, pid: int, limits: Limits) -> Group:
        self.rest()
        group = self._ready.pop(pid, None)
        for gone in [each for each, left in self._ready.items() if not left.members]:
            self._ready.pop(gone).remove()
        if group is not None and pid in group.members:
            found = group.limited(limits)
        else:
            found = self._groups.confine(pid, limits)
        self._enough.clear()
        self._thread = Thread(target=self._look_ahead, daemon=True)
        self._thread.start()
        return found

    def rest(self) -> None:
        """Look no further, and wait until nothing is being made."""
        self._enough.set()
        if self._thread is not None:
            self._thread.join()

    def _look_ahead(self) -> None:
        end = time.monotonic() + _PATIENCE_SECONDS
        pid = None
        while pid is None and time.monotonic() < end and not self._enough.is_set():
            pid = self._nursery.foresee()
        if pid is not None:
            with suppress(SandboxError):  # it is asked for again, and told of, when it is needed
                self._ready[pid] = self._groups.confine(pid, Limits())
