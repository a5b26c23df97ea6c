"""A CPU's cores as workers: independent pieces of work side by side, one torch thread each.

Torch's own threads share every single operation and meet at its end, as slow as the slower core,
and worse on a machine that does something else beside. Workers that each take every other model of
a stack meet once a step.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import torch
from torch import nn

_Result = TypeVar("_Result")

_RANDOM = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout)


class Crew:
    """Workers, as many as torch had threads when they were hired; a crew of one works at once."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._pool: ThreadPoolExecutor | None = None
        if size > 1:
            threads = torch.get_num_threads()
            self._pool = ThreadPoolExecutor(size, "crew", _compute_alone)
            everyone = Barrier(size)
            list(self._pool.map(lambda _: everyone.wait(), range(size)))
            # What a worker sets for itself is also what threads born later would start with.
            torch.set_num_threads(threads)

    def each(self, tasks: Sequence[Callable[[], _Result]]) -> list[_Result]:
        """Do all `tasks` and return their results in order; the first error is raised."""
        if self._pool is None or len(tasks) == 1:
            return [task() for task in tasks]
        futures = [self._pool.submit(task) for task in tasks]
        return [future.result() for future in futures]

    def dismiss(self) -> None:
        """Let the workers go; the crew does nothing afterwards."""
        if self._pool is not None:
            self._pool.shutdown()


def _compute_alone() -> None:
    """Give the calling thread one torch thread, for good.

    Torch looks up a new thread's number of threads at its first parallel operation and overrides
    what was set before; asking for the number makes it look now.
    """
    torch.get_num_threads()
    torch.set_num_threads(1)


def cores_for(model: nn.Module) -> int:
    """How many workers `model`'s device has: torch's threads on a CPU, one elsewhere."""
    on_cpu = all(parameter.device.type == "cpu" for parameter in model.parameters())
    return torch.get_num_threads() if on_cpu else 1


def draws_random_numbers(model: nn.Module) -> bool:
    """Whether `model` holds dropout: workers would draw from one generator in no fixed order."""
    return any(isinstance(module, _RANDOM) for module in model.modules())
