"""A fixed piece of work between the rounds of a benchmark: what slowed the one slowed the other."""

import torch

from benchmarks.measure.clock import Stopwatch

_SIZES = {"cpu": 384, "cuda": 4096}
_BEATS = 3


class Control:
    """Square matrix products, timed whenever it is called.

    Two runs of a benchmark meet two different moods of a machine, and their seconds differ though
    nothing was changed. Divided by the seconds of the same work done meanwhile they differ less.
    """

    def __init__(self, device: torch.device | str) -> None:
        size = _SIZES[torch.device(device).type]
        left, right = torch.rand(2, size, size, device=device)
        left @ right  # the first one sets up threads or handles
        self._product = Stopwatch(lambda: left @ right, device)

    def __call__(self) -> None:
        """Work a little."""
        for _ in range(_BEATS):
            self._product()

    @property
    def seconds(self) -> float:
        """Median seconds of a product so far; raises MeasurementError before the first call."""
        return self._product.median
