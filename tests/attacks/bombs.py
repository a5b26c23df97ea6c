"""Taking more than a share: time, memory, processes, disk, descriptors, words."""

import sys

from graders.grade import Grade

from .attack import Attack, code, did_nothing, failing
from .world import World

_WATCH = "the watch over its whole tree, and the kernel's limits"
_DISK = "a file system of its own of limited size; under Landlock a watched folder"

_KERNEL = "a control group, or the kernel's limit on what a user may start; then the watch"
# From 3.12 on Python counts recursion in C by itself, whatever limit a program asks for.
_OLD = sys.version_info < (3, 12)
_END_OF_THE_STACK = "it stopped before it had answered" if _OLD else "RecursionError"


def _tail_is_short(world: World, grade: Grade) -> None:
    assert len(grade.printed) <= 64 * 1024 * 6


BOMBS = (
    failing(
        "never-ends",
        "Loops for ever.",
        "the grader's own clock",
        code("while True:\n    pass\n"),
        reason="it did not finish within",
        hangs=True,
    ),
    failing(
        "sleeps-for-ever",
        "Ignores every signal that it may, and sleeps.",
        "the grader's own clock, and SIGKILL",
        code(
            "for number in range(1, 65):\n    try:\n        signal.signal(number, signal.SIG_IGN)\n"
            "    except (OSError, ValueError):\n        pass\ntime.sleep(600)\n"
        ),
        reason="it did not finish within",
        hangs=True,
    ),
    failing(
        "stops-itself",
        "Stops itself, so that it takes no time at all.",
        "the grader's own clock",
        code("os.kill(os.getpid(), signal.SIGSTOP)\ntime.sleep(600)\n"),
        reason="it did not finish within",
        hangs=True,
    ),
    failing(
        "answers-for-ever",
        "Is slow only once it is asked.",
        "the grader's own clock",
        code("Network.forward = lambda self, images: time.sleep(600)\n"),
        reason="it did not finish within",
        hangs=True,
        score=30.0,
        verdict="partial",
    ),
    failing(
        "takes-memory",
        "Takes memory and writes to it.",
        _WATCH,
        code("kept = []\nwhile True:\n    kept.append(b'x' * 2**24)\n"),
    ),
    Attack(
        "takes-memory-of-nobody",
        "Takes memory that belongs to no process: shared, of /dev/zero, and in files of memory.",
        "the system call filter; /dev/zero is covered",
        code(
            """
import mmap

def take(what):
    # written, unmapped but for a page, and still there
    what[:] = bytes(len(what))
    what.resize(4096)
    return len(what)

attempt("anonymous", lambda: take(mmap.mmap(-1, 2**24)))
attempt("zeros", lambda: take(mmap.mmap(os.open("/dev/zero", os.O_RDWR), 2**24)))
attempt("zeros to read", lambda: mmap.mmap(os.open("/dev/zero", os.O_RDONLY), 2**24, prot=mmap.PROT_READ))
attempt("file", lambda: os.memfd_create("x"))
attempt("secret", lambda: checked(libc.syscall(447, 0)))
attempt("huge", lambda: mmap.mmap(-1, 2**24, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS | 0x40000))
"""
        ),
        harmless=did_nothing,
    ),
    failing(
        "writes-one-large-file",
        "Writes a file without end.",
        _DISK,
        code(
            "with open('large', 'wb') as file:\n    while True:\n        file.write(bytes(2**20))\n"
        ),
        reason="File too large",
    ),
    failing(
        "writes-many-files",
        "Writes files without end.",
        _DISK,
        code(
            "for number in range(10**6):\n    with open(f'{number}', 'wb') as file:\n"
            "        file.write(bytes(2**22))\n"
        ),
    ),
    failing(
        "writes-empty-files",
        "Makes a million files with nothing in them.",
        _DISK,
        code("for number in range(10**6):\n    open(f'{number}', 'x').close()\n"),
    ),
    failing(
        "makes-empty-folders",
        "Makes a million folders with nothing in them.",
        _DISK,
        code("for number in range(10**6):\n    os.mkdir(f'{number}')\n"),
    ),
    failing(
        "makes-deep-folders",
        "Makes folders in folders, deeper than names reach and than recursion goes, and fills them.",
        _DISK,
        code(
            "for number in range(3000):\n    os.mkdir('d' * 40)\n    os.chdir('d' * 40)\n"
            "for number in range(10**4):\n    with open(f'{number}', 'wb') as file:\n"
            "        file.write(bytes(2**22))\n"
        ),
    ),
    failing(
        "fills-removed-files",
        "Fills files that it has removed, which are in no folder any more.",
        _DISK,
        code(
            "kept = []\nwhile len(kept) < 100:\n    kept.append(open('gone', 'wb'))\n"
            "    os.unlink('gone')\n    kept[-1].write(bytes(2**22))\n    kept[-1].flush()\n"
            "    time.sleep(0.02)\n"
        ),
    ),
    failing(
        "forks-for-ever",
        "Forks, and its children fork.",
        _KERNEL,
        code("while True:\n    os.fork()\n"),
    ),
    failing(
        "starts-threads-for-ever",
        "Starts threads that sleep.",
        _KERNEL,
        code("while True:\n    threading.Thread(target=time.sleep, args=(600,)).start()\n"),
    ),
    failing(
        "opens-files-for-ever",
        "Opens files without end.",
        "the kernel's limit on open files",
        code("kept = []\nwhile True:\n    kept.append(open('/dev/null'))\n"),
        reason="Too many open files",
    ),
    Attack(
        "prints-for-ever",
        "Prints hundreds of megabytes.",
        "prints are cut, and still read so that the printer is not held up",
        code("for number in range(300):\n    sys.stdout.write('x' * 2**20)\nsys.stdout.flush()\n"),
        tried="xxx",
        harmless=_tail_is_short,
    ),
    failing(
        "raises-gigantic-words",
        "Raises an exception that says a hundred megabytes.",
        "words of a fault are cut",
        code("raise ValueError('x' * 10**8)\n"),
        reason="ValueError: xxx",
    ),
    failing(
        "recurses-for-ever",
        "Recurses until the stack ends.",
        "it is the child's own stack",
        code("sys.setrecursionlimit(10**9)\ndeep = lambda n: list(map(deep, [n]))\ndeep(0)\n"),
        reason=_END_OF_THE_STACK,
    ),
)
