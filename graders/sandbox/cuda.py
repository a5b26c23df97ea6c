"""The files of NVIDIA's devices, which a child is shown only where grading is to use them."""

import os
from pathlib import Path
from typing import Literal

from graders.errors import SandboxError

Device = Literal["cpu", "cuda"]
"""Where submissions compute."""

_VISIBLE = "CUDA_VISIBLE_DEVICES"


def cuda_devices(folder: Path = Path("/dev")) -> tuple[Path, ...]:
    """Return every device file that CUDA opens; SandboxError where there is none."""
    found = tuple(sorted(one for one in folder.glob("nvidia*") if one.is_char_device()))
    if not found:
        raise SandboxError(f"there is no NVIDIA device at {folder}/nvidia*")
    return found


def cuda_environment() -> dict[str, str]:
    """Return the choice among several devices, where this process was given one."""
    return {_VISIBLE: os.environ[_VISIBLE]} if _VISIBLE in os.environ else {}
