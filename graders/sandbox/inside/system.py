"""The few Linux system calls with which a process gives up what it could do; see their man pages.

Each raises OSError, naming the call, where the kernel refuses.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

NEW_NAMESPACES = 0x7E020000
"""CLONE_NEW* of users, mounts, processes, network, IPC, host name and cgroups."""

READ_ONLY, NO_SETUID, NO_DEVICES, REMOUNT, BIND, RECURSIVE, PRIVATE = (
    *(1, 2, 4, 32, 4096, 16384),
    1 << 18,
)

_NO_NEW_PRIVILEGES, _SECCOMP, _CAPABILITY_DROP, _AMBIENT, _PARENT_DEATH = 38, 22, 24, 47, 1
_FILTER, _CLEAR_ALL = 2, 4
_SUBREAPER = 36
_CAPABILITY_VERSION_3 = 0x20080522
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_BY_PATH = 1
_COLLAPSE = 25
_PERSONALITIES = {"x86_64", "aarch64"}

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, call: str) -> int:
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{call}: {os.strerror(number)}")
    return result


def _prctl(call: str, option: int, *values: int) -> int:
    words = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4]]
    return _check(_libc.prctl(option, *words), call)


def unshare(flags: int) -> None:
    """Leave the namespaces of the parent for fresh ones."""
    _check(_libc.unshare(ctypes.c_int(flags)), "unshare")


def mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    """Mount; only this process's mount namespace changes."""
    words = (source.encode(), target.encode(), kind.encode() if kind else None)
    done = _libc.mount(*words, ctypes.c_ulong(flags), options.encode() or None)
    _check(done, f"mount {target}")


def die_with_parent() -> None:
    """Be killed when the thread that forked this process ends."""
    _prctl("prctl(PDEATHSIG)", _PARENT_DEATH, 9)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends."""
    _prctl("prctl(SUBREAPER)", _SUBREAPER, 1)


def collapse_pages(start: int, length: int) -> None:
    """Move this process's memory from `start` on to large pages; both in whole ones."""
    place = ctypes.c_void_p(start)
    _check(_libc.madvise(place, ctypes.c_size_t(length), _COLLAPSE), "madvise(MADV_COLLAPSE)")


def drop_capabilities() -> None:
    """Give up every capability, and the way to get one back."""
    _prctl("prctl(AMBIENT)", _AMBIENT, _CLEAR_ALL)
    for capability in range(64):
        try:
            _prctl("prctl(CAPBSET_DROP)", _CAPABILITY_DROP, capability)
        except OSError as error:
            if error.errno == errno.EPERM:  # without the capability to drop it was bounded already
                break
            if error.errno != errno.EINVAL:
                raise
            break  # the last capability that this kernel knows was the one before
    head = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    _check(_libc.capset(head, bytes(24)), "capset")


def holds_capability() -> bool:
    """Whether this process has any capability left."""
    head = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    found = ctypes.create_string_buffer(24)
    _check(_libc.capget(head, found), "capget")
    return any(found.raw)


def no_new_privileges() -> None:
    """Let no program that is started have more rights than this one."""
    _prctl("prctl(NO_NEW_PRIVS)", _NO_NEW_PRIVILEGES, 1)


def filter_calls(program: bytes) -> None:
    """Let the kernel run `program` (`struct sock_filter`s) before every system call."""
    instructions = ctypes.create_string_buffer(program, len(program))
    address = ctypes.addressof(instructions)
    wrapped = struct.pack("=H6xQ", len(program) // 8, address)
    place = ctypes.create_string_buffer(wrapped, len(wrapped))
    _prctl("prctl(SECCOMP)", _SECCOMP, _FILTER, ctypes.addressof(place))


def landlock_version() -> int:
    """Return the version of Landlock that this kernel has; 0 for none."""
    if platform.machine() not in _PERSONALITIES:
        return 0
    found = _libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    return max(int(found), 0)


def landlock(handled: int, rules: list[tuple[str, int]], scopes: int, ports: int) -> None:
    """Allow only `rules`: paths, and the rights below each; `handled` are all rights refused else.

    `ports` are the rights on TCP ports that are refused, `scopes` what is confined to this process
    and its descendants. Needs version 6.
    """
    attributes = struct.pack("=QQQ", handled, ports, scopes)
    size = ctypes.c_size_t(len(attributes))
    ruleset = _check(
        _libc.syscall(_CREATE_RULESET, attributes, size, ctypes.c_uint32(0)), "landlock"
    )
    try:
        for path, rights in rules:
            _allow(ruleset, path, rights)
        _check(_libc.syscall(_RESTRICT_SELF, ruleset, ctypes.c_uint32(0)), "landlock")
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("=Qi", rights, place)
        added = _libc.syscall(_ADD_RULE, ruleset, _BY_PATH, rule, ctypes.c_uint32(0))
        _check(added, f"landlock {path}")
    finally:
        os.close(place)
