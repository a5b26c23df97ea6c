"""A fixed piece of work between the rounds of a benchmark: what slowed the one slowed the other."""

import torch

from benchmarks.measure.clock import Stopwatch

_SIZES = {"cpu": 384, "cuda": 1024}
_BEATS = 3


class Control:
    """Square matrix products, timed whenever it is called.

    Two runs of a benchmark meet two different moods of a machine, and their seconds differ though
    nothing was changed. Divided by the seconds of the same work done meanwhile they differ less.
    """

    def __init__(self, device: torch.device | str) -> None:
        size = _SIZES[torch.device(device).type]
        left, right, out = torch.rand(3, size, size, device=device)  # on CUDA 12 MiB, in each peak
        torch.mm(left, right, out=out)  # the first one sets up threads or handles
        self._product = Stopwatch(lambda: torch.mm(left, right, out=out), device)

    def __call__(self) -> None:
        """Work a little."""
        for _ in range(_BEATS):
            self._product()

    @property
    def seconds(self) -> float:
        """Median seconds of a product so far; raises MeasurementError before the first call."""
        return self._product.median
