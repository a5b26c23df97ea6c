"""What this device can do at best, measured in the same run as everything else."""

import torch

from benchmarks.measure.clock import Stopwatch

_SIZES = {"cpu": (256, 512, 1024), "cuda": (2048, 4096, 8192)}
_COPIED = {"cpu": 16 * 2**20, "cuda": 64 * 2**20}
"""Numbers in a copy, more than any cache holds."""
_TRIES = 5


def matmul_peak(
    device: torch.device | str,
    sizes: tuple[int, ...] | None = None,
    dtype: torch.dtype = torch.float32,
) -> float:
    """Return the best FLOP/s that `device` reached on square matrix products of `dtype`.

    The best of five tries over a few `sizes` (default: 256 to 1,024 on a CPU, 2,048 to 8,192 on
    CUDA), with torch's present thread count and precision settings. It is the roof of
    `roofline_fraction`: measured, so that a throttled machine lowers roof and model alike.
    """
    chosen = sizes or _SIZES[torch.device(device).type]
    return max(_flops_per_second(size, device, dtype) for size in chosen)


def copy_peak(device: torch.device | str, numbers: int | None = None) -> float:
    """Return the best bytes/s, read and written, that `device` reached copying float32 `numbers`.

    The best of five copies, by default of 64 MiB on a CPU and 256 MiB on CUDA: it is the slanted
    roof of `roofline_fraction`, that of memory. What stays in a cache can be faster.
    """
    count = numbers or _COPIED[torch.device(device).type]
    source, target = torch.zeros(2, count, device=device)
    copy = Stopwatch(lambda: target.copy_(source), device)
    for _ in range(_TRIES + 1):
        copy()
    moved: int = source.nbytes + target.nbytes
    return moved / min(copy.seconds)


def _flops_per_second(size: int, device: torch.device | str, dtype: torch.dtype) -> float:
    left = torch.rand(size, size, device=device).to(dtype)
    right = torch.rand(size, size, device=device).to(dtype)
    product = Stopwatch(lambda: left @ right, device)
    for _ in range(_TRIES + 1):  # the first one sets up threads or handles, and never wins
        product()
    return 2 * size**3 / min(product.seconds)
