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
_PRETEND = 0x00050000
"""Do nothing, and say that it was done."""
_REFUSE = 0x00050000 | errno.EPERM
_UNKNOWN = 0x00050000 | errno.ENOSYS
_NO_TERMINAL = 0x00050000 | errno.ENOTTY
_KILL = 0x80000000
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4
_ARGUMENT_AT = (16, 24, 32, 40, 48, 56)
"""Where the lower halves of the arguments are."""
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
_SAME_WHERE_SHARED = (
    *(424, 434, 440, 448),  # pidfd_send_signal, pidfd_open, process_madvise, process_mrelease
    *(463, 466, 469),  # setxattrat, removexattrat, file_setattr
)
_FCHMODAT2 = 452

_SHARED_MAPPING, _OF_NO_FILE = 0x1, 0x20
_LEASE, _NOTIFY = 1024, 1026
_PLAIN_CONTROLS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
"""Is it a terminal, of what size, how much to read, blocking or not, kept when executing."""
_SET_DUMPABLE = 4


@dataclass(frozen=True)
class _Machine:
    """What differs between processors: the audit number and the numbers of calls.

    Where a child shares processes, files and IPC with others it may leave no group (`sessions`),
    reach no strangers (`reaching`), and change modes (`changing`) in appearance only. What it may
    do to itself takes a 0 for a process (`of_self`).
    """

    audit: int
    socket: int
    clone: int
    mmap: int
    ioctl: int
    fcntl: int
    prctl: int
    setpriority: int
    utimensat: int
    sessions: tuple[int, ...]
    of_self: tuple[int, ...]
    changing: tuple[int, ...]
    reaching: tuple[int, ...]
    refused: tuple[int, ...]


_MACHINES = {
    "x86_64": _Machine(
        audit=0xC000003E,
        socket=41,
        clone=56,
        mmap=9,
        ioctl=16,
        fcntl=72,
        prctl=157,
        setpriority=141,
        utimensat=280,
        sessions=(112, 109),  # setsid, setpgid
        of_self=(203, 142, 144, 314, 302),  # sched_set{affinity,param,scheduler,attr}, prlimit64
        changing=(
            *(90, 91, 268, _FCHMODAT2),  # chmod and its kin
        ),
        reaching=(
            *(92, 93, 94, 260),  # chown and its kin
            *(132, 235, 261),  # utime, utimes, futimesat
            *(188, 189, 190, 197, 198, 199),  # setxattr, removexattr and their kin
            *(46, 307),  # sendmsg, sendmmsg: would hide open files from whoever counts them
            251,  # ioprio_set
            *(105, 113, 117, 122),  # setuid, setreuid, setresuid, setfsuid
        ),
        refused=(
            *(319, 29, 64, 68, 240),  # memfd_create, shmget, semget, msgget, mq_open
            *(30, 31, 67, 65, 66, 220),  # shmat, shmctl, shmdt, semop, semctl, semtimedop
            *(69, 70, 71, 241),  # msgsnd, msgrcv, msgctl, mq_unlink
            *(253, 254, 294, 300),  # inotify, fanotify
            103,  # syslog
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
        mmap=222,
        ioctl=29,
        fcntl=25,
        prctl=167,
        setpriority=140,
        utimensat=88,
        sessions=(157, 154),
        of_self=(122, 118, 119, 274, 261),
        changing=(52, 53, _FCHMODAT2),
        reaching=(
            *(54, 55),
            *(5, 6, 7, 14, 15, 16),
            *(211, 269),
            30,
            *(146, 145, 147, 151),
        ),
        refused=(
            *(279, 194, 190, 186, 180),
            *(196, 195, 197, 193, 191, 192),
            *(189, 188, 187, 181),
            *(26, 27, 262),
            116,
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
    can be made, no memory shared that belongs to no file, no file leased, and only sockets of plain
    families are opened. Where
    a child is not `alone` in a network and in namespaces of its own there are no sockets, it cannot
    leave its process group, and what an owner may do to files and processes is refused too.
    """
    known = _MACHINES.get(machine or platform.machine())
    if known is None:
        return None
    refused = (*known.refused, *_SAME_EVERYWHERE)
    return b"".join(
        [
            _instruction(_LOAD, _ARCHITECTURE_AT),
            _instruction(_JUMP_IF_EQUAL, known.audit, when_true=1),
            _instruction(_RETURN, _KILL),
            _instruction(_LOAD, _NUMBER_AT),
            *_return_if(_JUMP_IF_AT_LEAST, _X32, _KILL),
            *_each(refused, _REFUSE),
            *_each((_CLONE3,), _UNKNOWN),
            *([] if alone else _among_others(known)),
            *_no_namespaces(known.clone),
            *_no_memory_of_nobody(known.mmap),
            *_never_with(known.fcntl, 1, (_LEASE, _NOTIFY)),
            *_only_plain_sockets(known.socket),
            _instruction(_RETURN, _ALLOW),
        ]
    )


def _among_others(known: _Machine) -> list[bytes]:
    """What is refused besides where processes, files and IPC are everybody's.

    Landlock guards what is opened and signalled. It leaves to the owner of a file its mode, its
    times and its attributes, and to every process the limits and priorities of its user's others.
    """
    refused = (known.socket, *known.sessions, *known.reaching, *_SAME_WHERE_SHARED)
    return [
        *_each(refused, _REFUSE),
        *_each(known.changing, _PRETEND),
        *(part for number in known.of_self for part in _only_with(number, 0, (0,), _REFUSE)),
        *_only_own_priority(known.setpriority),
        *_no_times(known.utimensat),
        *_only_with(known.ioctl, 1, _PLAIN_CONTROLS, _NO_TERMINAL),
        *_never_with(known.prctl, 0, (_SET_DUMPABLE,)),
    ]


def _no_namespaces(clone: int) -> list[bytes]:
    """Refuse flags that make a namespace."""
    return _for_call(clone, 0, _return_if(_JUMP_IF_ANY, NEW_NAMESPACES, _REFUSE), _ALLOW)


def _no_memory_of_nobody(mmap: int) -> list[bytes]:
    """Refuse shared mappings of no file: unmapped they still take memory, and nobody counts it."""
    check = [
        _instruction(_JUMP_IF_ANY, _OF_NO_FILE, when_false=2),
        *_return_if(_JUMP_IF_ANY, _SHARED_MAPPING, _REFUSE),
    ]
    return _for_call(mmap, 3, check, _ALLOW)


def _only_plain_sockets(socket: int) -> list[bytes]:
    return _only_with(socket, 0, _PLAIN_FAMILIES, _REFUSE)


def _only_own_priority(setpriority: int) -> list[bytes]:
    """Refuse a priority but that of one process (0), the caller (0)."""
    check = [
        _instruction(_JUMP_IF_EQUAL, 0, when_true=1),
        _instruction(_RETURN, _REFUSE),
        _instruction(_LOAD, _ARGUMENT_AT[1]),
        *_return_if(_JUMP_IF_EQUAL, 0, _ALLOW),
    ]
    return _for_call(setpriority, 0, check, _REFUSE)


def _no_times(utimensat: int) -> list[bytes]:
    """Pretend to set the times that a copy takes over; `touch` makes a file where it is refused."""
    return _for_call(utimensat, 2, _return_if(_JUMP_IF_EQUAL, 0, _REFUSE), _PRETEND)


def _only_with(call: int, argument: int, values: tuple[int, ...], result: int) -> list[bytes]:
    """Allow `call` where its `argument` is one of `values`, else return `result`."""
    return _for_call(call, argument, _each(values, _ALLOW), result)


def _never_with(call: int, argument: int, values: tuple[int, ...]) -> list[bytes]:
    """Refuse `call` where its `argument` is one of `values`."""
    return _for_call(call, argument, _each(values, _REFUSE), _ALLOW)


def _for_call(call: int, argument: int, check: list[bytes], result: int) -> list[bytes]:
    """Unless the number is `call`'s, go on; else load its `argument`, `check`, return `result`."""
    inner = [
        _instruction(_LOAD, _ARGUMENT_AT[argument]),
        *check,
        _instruction(_RETURN, result),
    ]
    return [_instruction(_JUMP_IF_EQUAL, call, when_false=len(inner)), *inner]


def _each(values: tuple[int, ...], result: int) -> list[bytes]:
    """Return `result` for each of `values`."""
    return [part for value in values for part in _return_if(_JUMP_IF_EQUAL, value, result)]


def _return_if(test: int, value: int, result: int) -> list[bytes]:
    return [_instruction(test, value, when_false=1), _instruction(_RETURN, result)]


def _instruction(code: int, value: int, when_true: int = 0, when_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, when_true, when_false, value)
