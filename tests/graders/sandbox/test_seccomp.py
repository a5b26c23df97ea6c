import struct

import pytest

from graders.sandbox.seccomp import filter_program

INSTRUCTION = struct.Struct("=HBBI")
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOWED, REFUSED, UNKNOWN, KILLED = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000
PRETENDED, NO_TERMINAL = 0x00050000, 0x00050019
THREAD, NEW_USERS = 0x003D0F00, 0x10000011
CALLS = {
    "x86_64": {
        "read": 0,
        "memfd_create": 319,
        "ptrace": 101,
        "socket": 41,
        "clone3": 435,
        "clone": 56,
        "unshare": 272,
        "setsid": 112,
        "mmap": 9,
        "ioctl": 16,
        "fcntl": 72,
        "prctl": 157,
        "setpriority": 141,
        "sched_setaffinity": 203,
        "prlimit64": 302,
        "fchmodat": 268,
        "utimensat": 280,
        "fchownat": 260,
        "setxattr": 188,
        "inotify_add_watch": 254,
        "shmat": 30,
        "sendmsg": 46,
    },
    "aarch64": {
        "read": 63,
        "memfd_create": 279,
        "ptrace": 117,
        "socket": 198,
        "clone3": 435,
        "clone": 220,
        "unshare": 97,
        "setsid": 157,
        "mmap": 222,
        "ioctl": 29,
        "fcntl": 25,
        "prctl": 167,
        "setpriority": 140,
        "sched_setaffinity": 122,
        "prlimit64": 261,
        "fchmodat": 53,
        "utimensat": 88,
        "fchownat": 54,
        "setxattr": 5,
        "inotify_add_watch": 27,
        "shmat": 196,
        "sendmsg": 211,
    },
}


def run(program: bytes, architecture: int, call: int, *arguments: int) -> int:
    """What the kernel's interpreter would return for one system call."""
    data = {0: call, 4: architecture, **dict.fromkeys(range(16, 64, 8), 0)}
    data |= {16 + 8 * number: value for number, value in enumerate(arguments)}
    steps = list(INSTRUCTION.iter_unpack(program))
    value, place = 0, 0
    while True:
        code, when_true, when_false, operand = steps[place]
        if code == 0x20:
            value = data[operand]
        elif code == 0x06:
            return int(operand)
        else:
            tests = {0x15: value == operand, 0x35: value >= operand, 0x45: bool(value & operand)}
            held = tests[code]
            place += when_true if held else when_false
        place += 1


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize(
    ("call", "argument", "result"),
    [
        ("read", 0, ALLOWED),
        ("clone3", 0, UNKNOWN),
        ("clone", THREAD, ALLOWED),
        ("clone", NEW_USERS, REFUSED),
        ("unshare", NEW_USERS, REFUSED),
        ("setsid", 0, ALLOWED),
        ("memfd_create", 0, REFUSED),
        ("ptrace", 0, REFUSED),
        ("shmat", 0, REFUSED),
        ("prlimit64", 4711, ALLOWED),
        ("fchmodat", 0, ALLOWED),
        ("socket", 1, ALLOWED),
        ("socket", 2, ALLOWED),
        ("socket", 10, ALLOWED),
        ("socket", 16, REFUSED),
        ("socket", 40, REFUSED),
    ],
)
def test_a_call_is_allowed_or_refused(machine: str, call: str, argument: int, result: int) -> None:
    program = filter_program(machine)
    assert program is not None
    assert run(program, ARCHITECTURES[machine], CALLS[machine][call], argument) == result


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_calls_of_another_architecture_end_the_process(machine: str) -> None:
    program = filter_program(machine)
    assert program is not None
    assert run(program, 0x40000003, 0) == KILLED
    assert run(program, ARCHITECTURES[machine], 0x40000000 + 1) == KILLED


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize(
    ("flags", "result"), [(0x22, ALLOWED), (0x02, ALLOWED), (0x01, ALLOWED), (0x21, REFUSED)]
)
def test_shared_memory_belongs_to_a_file(
    machine: str, alone: bool, flags: int, result: int
) -> None:
    program = filter_program(machine, alone=alone)
    assert program is not None
    assert run(program, ARCHITECTURES[machine], CALLS[machine]["mmap"], 0, 9, 3, flags) == result


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize(
    ("call", "arguments", "result"),
    [
        ("read", (1,), ALLOWED),
        ("socket", (1,), REFUSED),
        ("setsid", (1,), REFUSED),
        ("sched_setaffinity", (0,), ALLOWED),
        ("sched_setaffinity", (4711,), REFUSED),
        ("prlimit64", (0, 7), ALLOWED),
        ("prlimit64", (4711, 7), REFUSED),
        ("setpriority", (0, 0), ALLOWED),
        ("setpriority", (0, 4711), REFUSED),
        ("setpriority", (2, 0), REFUSED),
        ("fchmodat", (), PRETENDED),
        ("utimensat", (0, 1, 0), REFUSED),
        ("utimensat", (0, 1, 0x1000), PRETENDED),
        ("fchownat", (), REFUSED),
        ("setxattr", (), REFUSED),
        ("inotify_add_watch", (), REFUSED),
        ("sendmsg", (), REFUSED),
        ("ioctl", (1, 0x5401), ALLOWED),
        ("ioctl", (1, 0x5412), NO_TERMINAL),
        ("fcntl", (1, 2), ALLOWED),
        ("fcntl", (1, 1024), REFUSED),
        ("prctl", (4, 0), REFUSED),
        ("prctl", (15, 0), ALLOWED),
    ],
)
def test_without_a_world_of_its_own_a_child_reaches_nothing_that_it_does_not_open(
    machine: str, call: str, arguments: tuple[int, ...], result: int
) -> None:
    program = filter_program(machine, alone=False)
    assert program is not None
    assert run(program, ARCHITECTURES[machine], CALLS[machine][call], *arguments) == result


def test_an_unknown_processor_has_no_filter() -> None:
    assert filter_program("vax") is None
