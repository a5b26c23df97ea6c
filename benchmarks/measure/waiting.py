"""How many threads of this process waited for cores that other processes had."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

_TASKS = Path("/proc/self/task")
_STAT = Path("/proc/stat")
_BUSY_KINDS = (0, 1, 2, 5, 6)
"""User, nice, system, irq and softirq, of the numbers in /proc/stat's first line."""


@dataclass(frozen=True)
class Moment:
    """What had been counted by now, in seconds.

    `own` is what this process computed and `all` what everyone did. `waits` says how long each
    thread that lives was ready to run and had no core: `run_delay`, the second number of schedstat.
    Source: Documentation/scheduler/sched-stats.rst of Linux; proc_stat(5).
    """

    clock: float
    own: float
    all: float
    waits: Mapping[str, float]

    @classmethod
    def now(cls) -> Moment | None:
        """Look now; None where the system does not count all that."""
        try:
            waits, everyone = dict(_waits()), _busy_seconds()
        except (OSError, ValueError, IndexError):
            return None
        return cls(perf_counter(), process_time(), everyone, waits) if waits else None


def waiting_threads(before: Moment | None, after: Moment | None) -> float | None:
    """How many threads waited between two moments in the mean; None if unknown.

    At most as many as other processes kept cores busy, for threads wait for each other as well.
    Those processes may be our own children. What a hypervisor lends to others is not in it.
    """
    if before is None or after is None:
        return None
    waited = sum(each - before.waits.get(name, 0.0) for name, each in after.waits.items())
    others = (after.all - before.all) - (after.own - before.own)
    return max(min(waited, others), 0.0) / (after.clock - before.clock)


def _waits() -> Iterator[tuple[str, float]]:
    """Each living thread's; none of a kernel that counts nothing, and says zero for all."""
    for task in _TASKS.iterdir():
        try:
            ran, waited, *_ = (task / "schedstat").read_text("ascii").split()
        except (FileNotFoundError, ProcessLookupError):  # it has ended since
            continue
        if int(ran):
            yield task.name, int(waited) / 1e9


def _busy_seconds() -> float:
    numbers = _STAT.read_text("ascii").splitlines()[0].split()[1:]
    return sum(int(numbers[kind]) for kind in _BUSY_KINDS) / os.sysconf("SC_CLK_TCK")
