"""Memory that is kept between rounds, and lies in large pages."""

import ctypes

_POOL = 512 << 20
_LARGE_PAGE = 2 << 20
_KEEP_FROM, _MAP_FROM = -1, -3
"""`mallopt`'s numbers for what is given back to the system, and what is mapped by itself."""
_IN_LARGE_PAGES = 14
"""`madvise`'s number."""


def settle_memory(pool: int = _POOL) -> bool:
    """Let up to `pool` bytes of what this process allocates from now on stay, in large pages.

    Returns False where the system cannot: it takes glibc, and a Linux that lends large pages to
    those who ask. Call it once, from the main thread; what is not used costs no memory.

    By itself glibc gives memory back after every pass and takes it anew in the next, or does not,
    as the largest block says that was ever freed; and small pages lie where they happen to. On two
    virtual cores five processes took 20, 26, 30, 45 and 54 ms for the same pass of a LeNet-like
    network, a third of it in page faults, and with this 18 to 23 ms.
    """
    try:
        libc = ctypes.CDLL(None)
        settings, allocate, release, advise = libc.mallopt, libc.malloc, libc.free, libc.madvise
    except (AttributeError, OSError, TypeError):  # another C library, or another system
        return False
    allocate.restype, allocate.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    release.argtypes = [ctypes.c_void_p]
    advise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    settings(_MAP_FROM, 2 * pool)
    settings(_KEEP_FROM, 2 * pool)
    start = allocate(pool)
    settings(_MAP_FROM, pool // 4)  # what is larger is given back whole, as ever
    if not start:
        return False
    lent = advise(*_large_pages_within(start, pool), _IN_LARGE_PAGES) == 0
    release(start)
    return lent


def _large_pages_within(start: int, size: int) -> tuple[int, int]:
    """Address and length of all whole large pages there."""
    first = -(-start // _LARGE_PAGE) * _LARGE_PAGE
    return first, (start + size - first) // _LARGE_PAGE * _LARGE_PAGE
