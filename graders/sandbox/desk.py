"""Where a child reads its inputs: memory that only the grader writes to.

A pipe copies in pages of 4 KiB, and ten thousand images are 31 MB: 30 ms of them, where this takes
5. There is room for two batches, so that one can be laid down while the child reads the other. A
child that finds a way to write here changes its own questions, and nothing else: nobody reads them
again.
"""

import contextlib
import fcntl
import os
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from graders.sandbox.inside import frames
from graders.sandbox.wire import inputs_frame

_MOST_BYTES = 1 << 28
_PLACES = 2


class Desk:
    """Memory for two batches of inputs; `descriptor` is the child's, to read."""

    def __init__(self) -> None:
        self._file = _memory()
        self.descriptor = os.open(f"/proc/self/fd/{self._file}", os.O_RDONLY | os.O_CLOEXEC)
        self._place_bytes = 0
        self._number = 0

    def lay(self, inputs: NDArray[np.float32]) -> bytes:
        """Lay a batch down and return the message that says where; it stays for one more batch.

        What has no room here, as where the first batch was smaller, is all in the message.
        """
        plain = np.ascontiguousarray(inputs)
        self._measure(plain.nbytes)
        start = self._number % _PLACES * self._place_bytes
        if 0 < plain.nbytes <= self._place_bytes and self._wrote(plain, start):
            self._number += 1
            return frames.frame(frames.LAID, 1, plain.shape, b"", start.to_bytes(8, "little"))
        return inputs_frame(plain)

    def give_away(self) -> None:
        """Let go of the child's descriptor, once it has it."""
        os.close(self.descriptor)

    def clear(self) -> None:
        """Let go of the memory."""
        os.close(self._file)

    def _measure(self, size: int) -> None:
        """Make room for batches like the first; it can never be larger, or smaller."""
        if self._place_bytes or not 0 < size * _PLACES <= _MOST_BYTES:
            return
        with contextlib.suppress(OSError):
            os.ftruncate(self._file, size * _PLACES)
            seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
            fcntl.fcntl(self._file, fcntl.F_ADD_SEALS, seals)
            self._place_bytes = size

    def _wrote(self, plain: NDArray[np.float32], start: int) -> bool:
        rest = plain.data.cast("B")
        with contextlib.suppress(OSError):
            while rest:
                written = os.pwrite(self._file, rest, start)
                rest, start = rest[written:], start + written
        return not rest


def _memory() -> int:
    """Memory as a file; where a kernel has none, a file without a name, which is not sealed."""
    try:
        file = os.memfd_create("inputs", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    except OSError:
        file, path = tempfile.mkstemp(prefix="gradebench-desk-")
        Path(path).unlink()
    os.fchmod(file, 0o400)
    return file
