"""Wall-clock seconds of work that a device may still be doing after the call has returned."""

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Generic, ParamSpec, TypeVar

import torch

from benchmarks.errors import MeasurementError
from reference_models.devices import synchronise

P = ParamSpec("P")
T = TypeVar("T")


class Stopwatch(Generic[P, T]):
    """A function that remembers how many seconds each of its calls took.

    A call starts on an idle device and ends when the device is idle again, so that on CUDA the
    work is timed and not the queueing of it.
    """

    def __init__(
        self,
        function: Callable[P, T],
        device: torch.device | str = "cpu",
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        self.seconds: list[float] = []
        self._function = function
        self._device = device
        self._clock = clock

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call the function, note the seconds and hand on what it returns."""
        synchronise(self._device)
        start = self._clock()
        result = self._function(*args, **kwargs)
        synchronise(self._device)
        self.seconds.append(self._clock() - start)
        return result

    @property
    def median(self) -> float:
        """Median seconds a call; raises MeasurementError before the first one."""
        if not self.seconds:
            raise MeasurementError("nothing has been timed yet")
        return median(self.seconds)
