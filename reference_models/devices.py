"""What has to be known about devices below everything else."""

import torch


def synchronise(device: torch.device | str) -> None:
    """Wait until `device` has done all work queued so far; a CPU queues none."""
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize(device)
