"""The system calls that a sandboxed child may not make, as a filter that the kernel runs.

Namespaces hide files and networks, but some calls reach past them: memory that belongs to no
process (and so to no limit), kernel key rings, sockets to a virtual machine's host, namespaces
within. Torch needs none of these.
"""

import errno
import platform
import struct
from dataclasses import dataclass

from graders.sandbox.inside.system import NEW_NAMESPACES

_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _JUMP_IF_ANY, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | errno.EPERM
_UNKNOWN = 0x00050000 | errno.ENOSYS
_KILL = 0x80000000
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_X32 = 0x40000000
_PLAIN_FAMILIES = (1, 2, 10)
"""Unix, IPv4 and IPv6 sockets: the child's own network namespace leads none of them anywhere."""

_CLONE3 = 435
"""Hides its flags from a filter; told that it is not there, libc takes `clone`, which does not."""

_SAME_EVERYWHERE = (
    *(425, 426, 427),  # io_uring: would make other calls unseen
    *(428, 429, 430, 432, 442),  # the newer calls for mounting
    438,  # pidfd_getfd
    447,  # memfd_secret
)


@dataclass(frozen=True)
class _Machine:
    """What differs between processors: the audit number and the numbers of calls.

    `sessions` are those with which a process leaves its group: refused where only the group holds
    a child together.
    """

    audit: int
    socket: int
    clone: int
    sessions: tuple[int, ...]
    refused: tuple[int, ...]


_MACHINES = {
    "x86_64": _Machine(
        audit=0xC000003E,
        socket=41,
        clone=56,
        sessions=(112, 109),  # setsid, setpgid
        refused=(
            *(319, 29, 64, 68, 240),  # memfd_create, shmget, semget, msgget, mq_open
            *(248, 249, 250),  # add_key, request_key, keyctl
            *(321, 298, 323),  # bpf, perf_event_open, userfaultfd
            *(101, 310, 311, 312),  # ptrace, process_vm_readv, process_vm_writev, kcmp
            *(165, 272, 304, 308),  # mount, unshare, open_by_handle_at, setns
        ),
    ),
    "aarch64": _Machine(
        audit=0xC00000B7,
        socket=198,
        clone=220,
        sessions=(157, 154),
        refused=(
            *(279, 194, 190, 186, 180),
            *(217, 218, 219),
            *(280, 241, 282),
            *(117, 270, 271, 272),
            *(40, 97, 265, 268),
        ),
    ),
}


def filter_program(machine: str | None = None, *, alone: bool = True) -> bytes | None:
    """Return the filter for `machine` (default: this one) as `struct sock_filter`s, or None.

    Calls of another architecture end the process, refused ones fail with EPERM, no new namespace
    can be made, and only sockets of plain families: none where a child is not `alone` in a network
    and in namespaces of its own, nor can it leave its process group there.
    """
    known = _MACHINES.get(machine or platform.machine())
    if known is None:
        return None
    refused = (*known.refused, *_SAME_EVERYWHERE)
    if not alone:
        refused = (*refused, known.socket, *known.sessions)
    return b"".join(
        [
            _instruction(_LOAD, _ARCHITECTURE_AT),
            _instruction(_JUMP_IF_EQUAL, known.audit, when_true=1),
            _instruction(_RETURN, _KILL),
            _instruction(_LOAD, _NUMBER_AT),
            *_return_if(_JUMP_IF_AT_LEAST, _X32, _KILL),
            *(part for number in refused for part in _return_if(_JUMP_IF_EQUAL, number, _REFUSE)),
            *_return_if(_JUMP_IF_EQUAL, _CLONE3, _UNKNOWN),
            *_no_namespaces(known.clone),
            *_only_plain_sockets(known.socket),
            _instruction(_RETURN, _ALLOW),
        ]
    )


def _no_namespaces(clone: int) -> list[bytes]:
    """Skip over the check unless the call is `clone`, then refuse flags that make a namespace."""
    check = [
        _instruction(_LOAD, _FIRST_ARGUMENT_AT),
        *_return_if(_JUMP_IF_ANY, NEW_NAMESPACES, _REFUSE),
        _instruction(_RETURN, _ALLOW),
    ]
    return [_instruction(_JUMP_IF_EQUAL, clone, when_false=len(check)), *check]


def _only_plain_sockets(socket: int) -> list[bytes]:
    """Skip over the check unless the call is `socket`, then refuse what is not a plain family."""
    check = [
        _instruction(_LOAD, _FIRST_ARGUMENT_AT),
        *(
            part
            for family in _PLAIN_FAMILIES
            for part in _return_if(_JUMP_IF_EQUAL, family, _ALLOW)
        ),
        _instruction(_RETURN, _REFUSE),
    ]
    return [_instruction(_JUMP_IF_EQUAL, socket, when_false=len(check)), *check]


def _return_if(test: int, value: int, result: int) -> list[bytes]:
    return [_instruction(test, value, when_false=1), _instruction(_RETURN, result)]


def _instruction(code: int, value: int, when_true: int = 0, when_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, when_true, when_false, value)
