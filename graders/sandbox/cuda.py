"""The files of NVIDIA's devices, which a child is shown only where grading is to use them."""

import os
from pathlib import Path
from typing import Literal

from graders.errors import SandboxError

Device = Literal["cpu", "cuda"]
"""Where submissions compute."""

_VISIBLE = "CUDA_VISIBLE_DEVICES"
_WANTED = ("nvidia[0-9]*", "nvidiactl", "nvidia-uvm", "nvidia-caps/nvidia-cap[0-9]*")
"""Every GPU, what controls them, their memory's manager, and the parts that a GPU is cut into."""


def cuda_devices(folder: Path = Path("/dev")) -> tuple[Path, ...]:
    """Return every device file that CUDA opens; SandboxError where there is no GPU."""
    gpus, *others = (
        sorted(one for one in folder.glob(name) if one.is_char_device()) for name in _WANTED
    )
    if not gpus:
        raise SandboxError(f"there is no NVIDIA device at {folder}/nvidia*")
    return (*gpus, *(device for some in others for device in some))


def cuda_environment() -> dict[str, str]:
    """Return the choice among several devices, where this process was given one."""
    return {_VISIBLE: os.environ[_VISIBLE]} if _VISIBLE in os.environ else {}
