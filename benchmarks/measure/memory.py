"""The most memory that a piece of work needed."""

from collections.abc import Callable
from itertools import accumulate

import torch
from torch.autograd.profiler import profile


def peak_memory(work: Callable[[], object], device: torch.device | str) -> int:
    """Return the bytes that torch held at most while it did `work`, beyond those held before.

    Counted are the blocks that torch's allocator hands out on `device`: weights, activations,
    gradients and an optimiser's state, if they are made within. On a CPU the figure is the same
    every time, takes what was held before for still held, and leaves out what libraries take by
    themselves: convolutions may need twice as much again. CUDA's libraries ask torch for theirs.
    Do not time `work` meanwhile, for every block is written down, some 1 kB each.

    Source: torch.profiler, https://docs.pytorch.org/docs/stable/profiler.html, and
    torch.cuda.max_memory_allocated.
    """
    if torch.device(device).type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        work()
        return torch.cuda.max_memory_allocated(device) - before
    with profile(profile_memory=True) as profiled:  # torch.profiler's outlives its own events
        work()
    events = profiled.kineto_results.events()
    blocks = [event for event in events if event.name() == "[memory]"]
    blocks.sort(key=lambda block: block.start_ns())  # threads have a list each
    given: list[int] = [block.nbytes() for block in blocks]  # what is taken back is negative
    return max(accumulate(given, initial=0))
