"""What an attack is: a submission, the harm it tries, and how to see from outside that none came.

The code of attacks is data here. It runs nowhere but in a sandbox.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from graders.grade import Grade, Verdict

if TYPE_CHECKING:
    from .world import World

Make = Callable[[Path, "World"], Path]
"""Makes a submission in an empty folder and returns the path to grade."""
Look = Callable[["World", Grade], None]
"""Looks at the world and at the grade; an AssertionError says what harm was done."""
Level = Literal["bubblewrap", "landlock"]

SHAPED = 40.0
"""What the right layers earn untrained. An attack that gets this much ran to its end, in vain."""
CLAIMED = 30.0
"""What the right layers earn by being claimed, whatever it is that answers."""

PRELUDE = """
import ctypes, errno, gc, io, json, os, platform, signal, socket, stat, struct, subprocess, sys
import tempfile, threading, time
from pathlib import Path
import numpy as np
import torch
from torch import nn

WORLD = json.loads({world!r})
libc = ctypes.CDLL(None, use_errno=True)
ARM = platform.machine() == "aarch64"


def attempt(what, action):
    try:
        print("DID", what, str(action())[:400], flush=True)
    except BaseException as error:
        print("refused", what, type(error).__name__, error, flush=True)


def checked(result):
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def call(name, *words):
    numbers = dict(
        kcmp=(312, 272), keyctl=(250, 219), bpf=(321, 280), perf_event_open=(298, 241),
        userfaultfd=(323, 282), io_uring_setup=(425, 425), process_madvise=(440, 440),
        pidfd_open=(434, 434), pidfd_getfd=(438, 438), pidfd_send_signal=(424, 424),
        ioprio_set=(251, 30), add_key=(248, 217), setpriority=(141, 140), syslog=(103, 116),
        open_by_handle_at=(304, 265), name_to_handle_at=(303, 264), fsopen=(430, 430),
        open_tree=(428, 428), move_pages=(279, 239), migrate_pages=(256, 238), mq_open=(240, 180),
        kexec_load=(246, 104), sched_setattr=(314, 274), quotactl=(179, 60), io_setup=(206, 0),
        finit_module=(313, 273), fchmodat2=(452, 452), file_setattr=(469, 469),
        rt_tgsigqueueinfo=(297, 240), mlockall=(151, 230), process_mrelease=(448, 448),
    )
    ready = [w if isinstance(w, (bytes, ctypes._SimpleCData, ctypes.Array)) or w is None
             else ctypes.c_long(w) for w in words]
    return checked(libc.syscall(ctypes.c_long(numbers[name][ARM]), *ready))


def pipes():
    return [fd for fd in range(3, 64) if is_pipe(fd)]


def is_pipe(descriptor):
    try:
        return stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    except OSError:
        return False


HEADER = struct.Struct("<4sBBBxH8QQ")
PARAMETER, BUFFER, END, ANSWERS, FAULT = 2, 3, 4, 5, 6
SHAPES = ((64, 784), (64,), (64, 64), (64,), (10, 64), (10,))


def frame(tag, shape, payload=None, code=1, name=b"", dimensions=None, length=None):
    payload = bytes(4 * int(np.prod(shape))) if payload is None else payload
    sizes = [*shape, *[0] * (8 - len(shape))]
    length = len(payload) if length is None else length
    dimensions = len(shape) if dimensions is None else dimensions
    return HEADER.pack(b"GBF1", tag, code, dimensions, len(name), *sizes, length) + name + payload


def shout(data):
    for descriptor in pipes():
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
        except OSError:
            continue


def desks():
    return [one for one in range(3, 1024) if is_file(one)]


def is_file(descriptor):
    try:
        return stat.S_ISREG(os.fstat(descriptor).st_mode)
    except OSError:
        return False


def hear():
    # where all images lie
    import fcntl
    left = HEADER.size + 8
    for descriptor in pipes():
        if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            while left > 0:
                left -= len(os.read(descriptor, left))


def claim():
    for shape in SHAPES:
        shout(frame(PARAMETER, shape))
    shout(frame(END, (0,), b"", 8))


def stop():
    sys.stdout.flush()
    os._exit(0)


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Linear(784, 64)
        self.second = nn.Linear(64, 64)
        self.third = nn.Linear(64, 10)

    def forward(self, images):
        return self.third(self.second(self.first(images.flatten(1)).relu()).relu())


def build_model():
    return Network()

"""
"""What attacks share: words for what was tried, the protocol, and an untrained network."""


def nothing_more(world: "World", grade: Grade) -> None:
    """What is looked at after every attack is enough."""


@dataclass(frozen=True)
class Attack:
    """One hostile submission.

    `score` is what it must come to, exactly; `reason` a part of the printed one. `tried` must be in
    what it printed: proof that it came that far. One that `hangs` is given little time, all others
    plenty. `honest` ones are no attacks: they do what looks alike and must lose nothing.
    """

    name: str
    tries: str
    stopped_by: str
    make: Make
    verdict: Verdict = "partial"
    score: float | None = SHAPED
    reason: str = ""
    tried: str = "refused "
    harmless: Look = nothing_more
    hangs: bool = False
    honest: bool = False
    levels: tuple[Level, ...] = ("bubblewrap", "landlock")


def failing(name: str, tries: str, stopped_by: str, make: Make, **more: object) -> Attack:
    """Return an attack that ends in no points at all."""
    settings: dict[str, object] = {"verdict": "failed", "score": 0.0, "tried": "", **more}
    return Attack(name, tries, stopped_by, make, **settings)  # type: ignore[arg-type]


def code(text: str, *, file: str = "work.py") -> Make:
    """A single file: the prelude, then `text`."""

    def make(folder: Path, world: "World") -> Path:
        path = folder / file
        path.write_text(PRELUDE.replace("{world!r}", repr(json.dumps(world.told))) + text)
        return path

    return make


def tries_to(**attempts: str) -> Make:
    """Code that makes each attempt (a Python expression), says what came of it, and goes on."""
    return code("".join(f"attempt({what!r}, lambda: {how})\n" for what, how in attempts.items()))


def did_nothing(world: "World", grade: Grade) -> None:
    """Assert that no attempt told of success."""
    done = [line for line in grade.printed.splitlines() if line.startswith("DID ")]
    assert not done, done
