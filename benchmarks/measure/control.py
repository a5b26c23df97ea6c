"""Fixed work between the rounds of a benchmark: what slowed the one slowed the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import torch

from benchmarks.measure.clock import Stopwatch
from benchmarks.measure.waiting import Moment, waiting_threads

_SIZES = {"cpu": 384, "cuda": 1024}
_BEATS = 3
_MEETINGS, _SHARED_AMONG_THREADS = 50, 40_000


class Control:
    """Work that never changes, of two kinds, timed whenever it is called.

    Two runs of a benchmark meet two different moods of a machine, and their seconds differ though
    nothing was changed. Square matrix products tell how fast it computes. Small sums, too short for
    anything but dispatch and the meeting of threads after each, tell how far its cores are from
    each other: seen on two virtual cores, for half a minute a LeNet-like network took twice its
    time, those sums 1.45 times theirs, while products took theirs and copies of memory less.

    While `watching()` it also counts how many threads waited for cores that others had. Short work
    hides that in its median: beside a busy process a pass took four times as long, and both kinds
    theirs.
    """

    def __init__(self, device: torch.device | str) -> None:
        size = _SIZES[torch.device(device).type]
        left, right, out = torch.rand(3, size, size, device=device)  # on CUDA 12 MiB, in each peak
        numbers = torch.zeros(_SHARED_AMONG_THREADS, device=device)

        def meet() -> None:
            for _ in range(_MEETINGS):
                numbers.add_(1)

        torch.mm(left, right, out=out)  # the first one sets up threads or handles
        meet()
        self._product = Stopwatch(lambda: torch.mm(left, right, out=out), device)
        self._meeting = Stopwatch(meet, device)
        self.waiting_threads: float | None = None
        """In the mean over the block; None before its end, and where the system does not tell."""

    @contextmanager
    def watching(self) -> Iterator[Self]:
        """Count who waits until the end of the block."""
        start = Moment.now()
        try:
            yield self
        finally:
            self.waiting_threads = waiting_threads(start, Moment.now())

    def __call__(self) -> None:
        """Work a little."""
        for _ in range(_BEATS):
            self._product()
            self._meeting()

    @property
    def seconds(self) -> float:
        """Median seconds of a product so far; raises MeasurementError before the first call."""
        return self._product.median

    @property
    def meeting_seconds(self) -> float:
        """Median seconds of fifty small sums so far, as `seconds`."""
        return self._meeting.median
