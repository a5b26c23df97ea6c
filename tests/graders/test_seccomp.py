import struct

import pytest

from graders.sandbox.seccomp import filter_program

INSTRUCTION = struct.Struct("=HBBI")
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOWED, REFUSED, UNKNOWN, KILLED = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000
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
    },
}


def run(program: bytes, architecture: int, call: int, argument: int = 0) -> int:
    """What the kernel's interpreter would return for one system call."""
    data = {0: call, 4: architecture, 16: argument}
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
@pytest.mark.parametrize(
    ("call", "result"), [("read", ALLOWED), ("socket", REFUSED), ("setsid", REFUSED)]
)
def test_without_a_world_of_its_own_a_child_opens_no_socket_and_keeps_its_group(
    machine: str, call: str, result: int
) -> None:
    program = filter_program(machine, alone=False)
    assert program is not None
    assert run(program, ARCHITECTURES[machine], CALLS[machine][call], 1) == result


def test_an_unknown_processor_has_no_filter() -> None:
    assert filter_program("vax") is None
