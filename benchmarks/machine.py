"""What this machine is, for `machine_info`; nothing here is measured."""

import os
import platform
import re
from pathlib import Path
from typing import TypedDict

_CPU_INFO = Path("/proc/cpuinfo")
_NVIDIA_DRIVER = Path("/sys/module/nvidia/version")


class MachineInfo(TypedDict):
    """What Gradebench adds to pytest-benchmark's `machine_info`; None where there is no such thing.

    `cores` are those this process may run on, `threads` those torch will use, `cuda` the version
    torch was built for, `cuda_device` the first card torch can see.
    """

    cpu_model: str
    cores: int
    threads: int
    torch: str
    cuda: str | None
    cuda_device: str | None
    cuda_driver: str | None


def machine_info() -> MachineInfo:
    """Describe this machine; imports torch."""
    import torch

    return MachineInfo(
        cpu_model=cpu_model(),
        cores=usable_cores(),
        threads=torch.get_num_threads(),
        torch=torch.__version__,
        cuda=torch.version.cuda,
        cuda_device=torch.cuda.get_device_name(0) if torch.cuda.is_available() else None,
        cuda_driver=_first_line(_NVIDIA_DRIVER),
    )


def cpu_model() -> str:
    """The CPU's marketing name, or its architecture where the system does not tell."""
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", _CPU_INFO.read_text("utf-8"), re.MULTILINE)
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor() or platform.machine()


def usable_cores() -> int:
    """How many cores this process may run on, which a container may make fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _first_line(path: Path) -> str | None:
    try:
        return path.read_text("utf-8").strip() or None
    except OSError:
        return None
