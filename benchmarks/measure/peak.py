"""What this device can do at best, measured in the same run as everything else."""

import torch

from benchmarks.measure.clock import Stopwatch

_SIZES = {"cpu": (256, 512, 1024), "cuda": (2048, 4096, 8192)}
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


def _flops_per_second(size: int, device: torch.device | str, dtype: torch.dtype) -> float:
    left = torch.rand(size, size, device=device).to(dtype)
    right = torch.rand(size, size, device=device).to(dtype)
    product = Stopwatch(lambda: left @ right, device)
    for _ in range(_TRIES + 1):  # the first one sets up threads or handles, and never wins
        product()
    return 2 * size**3 / min(product.seconds)
