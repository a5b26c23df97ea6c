"""Fewer, larger pages: forking a process that holds torch copies 300 MB of its page table.

That is 7 ms, and as much again when the fork ends, three times a submission. In pages of 2 MiB it
is 2 ms. The kernel makes them on demand (Linux 6.1, madvise(2), MADV_COLLAPSE); where it does not,
forks are only slower.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator
from pathlib import Path

from . import system

_LARGE_BYTES = 1 << 21
_AT_ONCE_BYTES = 4 * _LARGE_BYTES
"""Of memory moved in one call: some 20 ms, for which an order may have to wait."""


def settle() -> Iterator[None]:
    """Prepare this process for being forked, in steps between which it may do something else.

    What lives now is left alone by the garbage collector, which would write to, and so copy, each
    page that it visits.
    """
    gc.collect()
    gc.freeze()
    yield
    for start, end in _own_memory():
        for place in range(start, end, _AT_ONCE_BYTES):
            with contextlib.suppress(OSError):  # nothing is there yet, or no large page is free
                system.collapse_pages(place, min(_AT_ONCE_BYTES, end - place))
            yield


def _own_memory() -> list[tuple[int, int]]:
    """Where this process can write and no file is behind it, in whole large pages."""
    found = []
    for line in Path("/proc/self/maps").read_text("utf-8", "replace").splitlines():
        span, rights, _, _, inode, *name = line.split(maxsplit=5)
        if rights == "rw-p" and inode == "0" and name != ["[stack]"]:
            first, last = (int(number, 16) for number in span.split("-"))
            start, end = -(-first // _LARGE_BYTES), last // _LARGE_BYTES
            if start < end:
                found.append((start * _LARGE_BYTES, end * _LARGE_BYTES))
    return found
