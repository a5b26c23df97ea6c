"""The most memory that a piece of work needed."""

import re
from pathlib import Path
from types import TracebackType
from typing import Self

import torch

_STATUS = Path("/proc/self/status")
_CLEAR_REFS = Path("/proc/self/clear_refs")
_RESET_PEAK = "5"
"""Sets the high-water mark back to what is resident now; see proc_pid_clear_refs(5)."""


class PeakMemory:
    """Measures the peak inside a `with` block; `bytes` afterwards, or None where no one can tell.

    On CUDA it is the most that torch's allocator had handed out on that device. On a Linux CPU it
    is the most resident memory of the whole process, interpreter and torch included, which alone
    are some 300 MB: the two are not to be compared. `ru_maxrss` would not do, since it cannot be
    set back and every benchmark would inherit the peak of the greediest one before it. Of memory
    that `settle_memory` keeps, earlier work may leave up to 640 MiB in it.
    """

    def __init__(self, device: torch.device | str) -> None:
        self.bytes: int | None = None
        self._device = torch.device(device)

    def __enter__(self) -> Self:
        if self._device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self._device)
            self._known = True
        else:
            self._known = reset_resident_peak()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._device.type == "cuda":
            self.bytes = torch.cuda.max_memory_allocated(self._device)
        elif self._known:
            self.bytes = _resident_peak()


def reset_resident_peak() -> bool:
    """Set this process's peak back to what it holds now; False where that cannot be done."""
    try:
        _CLEAR_REFS.write_text(_RESET_PEAK, "ascii")
    except OSError:
        return False
    return True


def _resident_peak() -> int | None:
    try:
        found = re.search(r"^VmHWM:\s+(\d+) kB$", _STATUS.read_text("utf-8"), re.MULTILINE)
    except OSError:
        return None
    return int(found[1]) * 1024 if found else None
