"""How long this process has waited for a core that others had."""

from collections.abc import Iterator
from pathlib import Path

_TASKS = Path("/proc/self/task")


def seconds_waited() -> float | None:
    """Seconds that this process's threads have been ready to run without a core; None if unknown.

    Of the threads that live now, added up: it grows by two a second where two threads wait. What a
    hypervisor does with a core it lends is not in it. Source: `run_delay`, the second number of
    `schedstat` in Linux's Documentation/scheduler/sched-stats.rst.
    """
    try:
        return sum(_delays()) / 1e9
    except (OSError, ValueError, IndexError):
        return None


def _delays() -> Iterator[int]:
    for task in _TASKS.iterdir():
        try:
            text = (task / "schedstat").read_text("ascii")
        except ProcessLookupError:  # it has ended since
            continue
        yield int(text.split()[1])
