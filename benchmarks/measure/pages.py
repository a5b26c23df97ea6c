"""Memory that is kept between rounds, and lies in large pages."""

import ctypes
import mmap
from pathlib import Path
from threading import current_thread, main_thread
from typing import Any

_LENT = Path("/sys/kernel/mm/transparent_hugepage/enabled")
_POOL = 512 << 20
_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1
"""`mallopt`'s numbers for blocks that are mapped by themselves, and free memory that is kept."""
_LARGEST_BY_ITSELF = 32 << 20
"""What glibc raises the former to by itself, and the latter to twice that."""
_MADV_HUGEPAGE = 14


def settle_memory() -> bool:
    """Let up to 640 MiB of what this process allocates from now on stay, 512 in large pages.

    Returns False where the system cannot: it takes glibc 2.35, and a Linux that lends large pages
    to those who ask. Then nothing has changed, or, where glibc or the system refuse what they seem
    to have, only how much freed memory is kept. Call it once, from the main thread. What is not
    used costs no memory; blocks of 128 MiB and more are given back whole, as ever.

    By itself glibc gives memory back after every pass and takes it anew in the next, or does not,
    as the largest block says that was ever freed; and small pages lie where they happen to. On two
    virtual cores five processes took 20, 26, 30, 45 and 54 ms for the same pass of a LeNet-like
    network, a third of it in page faults, and with this 18 to 23 ms.
    """
    libc = _glibc()
    if libc is None or not _is_lent() or current_thread() is not main_thread():
        return False
    if not libc.mallopt(_MMAP_THRESHOLD, 2 * _POOL):
        return False  # an older one has no heap for so large a block
    start = libc.malloc(_POOL)
    libc.mallopt(_MMAP_THRESHOLD, _POOL // 4 if start else _LARGEST_BY_ITSELF)
    libc.mallopt(_TRIM_THRESHOLD, _POOL * 5 // 4 if start else 2 * _LARGEST_BY_ITSELF)
    if not start:
        return False
    first = -(-start // mmap.PAGESIZE) * mmap.PAGESIZE
    length = (start + _POOL - first) // mmap.PAGESIZE * mmap.PAGESIZE
    refused = bool(libc.madvise(first, length, _MADV_HUGEPAGE))
    libc.free(start)
    return not refused


def _glibc() -> Any:
    """The functions that are asked; None with another C library, or on another system."""
    try:
        libc = ctypes.CDLL(None)
        libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
        libc.free.argtypes = [ctypes.c_void_p]
        libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        libc.mallopt.argtypes = [ctypes.c_int, ctypes.c_int]
    except (AttributeError, OSError, TypeError):
        return None
    return libc


def _is_lent() -> bool:
    try:
        return "[never]" not in _LENT.read_text("ascii")
    except OSError:
        return False
