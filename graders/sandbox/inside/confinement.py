"""How a fresh fork gives up the world before it touches what a student wrote: two levels.

`namespaces` runs where bubblewrap has laid out a read-only file system, and needs no privilege
there; `landlock` runs on the bare machine. Each ends in limits and a system call filter, and none
can be undone.
"""

from __future__ import annotations

import contextlib
import os
import resource
import tempfile
from pathlib import Path

from . import system

SPOOL = "/spool"
"""Where bubblewrap shows the folder that all submissions' copies are in."""
SUBMISSION = "/submission"

_FIRST_STRANGER, _STRANGERS = 30_000, 25_000
"""Numbers of users that no system gives to anybody: above people's, below those of services."""
_BLOCK_BYTES = 4096
"""What a file counts at least: its name and its inode take memory, too."""
_FLAGS = system.NO_SETUID | system.NO_DEVICES

READ_DIRECTORY, READ = 8, 4 | 8 | 1
_EVERY_RIGHT = (1 << 16) - 1
_WRITE = _EVERY_RIGHT & ~(1 | 64 | 512 | 1024 | 2048 | 1 << 15)
"""All but executing, devices, sockets, pipes with a name, and controlling devices."""
_FILE_RIGHTS = 2 | 4
_TCP = 3
_ABSTRACT_SOCKETS_AND_SIGNALS = 3
_HARMLESS_DEVICES = ("/dev/null", "/dev/urandom", "/dev/random", "/dev/full")
"""Not `/dev/zero`: mapped, it is memory that no limit counts."""


def own_namespaces() -> None:
    """Enter fresh namespaces as the same user without a right outside; the next fork is pid 1."""
    user, group = os.getuid(), os.getgid()
    system.unshare(system.NEW_NAMESPACES)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def private_files(name: str, limits: dict[str, float]) -> None:
    """Show the submission called `name` and empty temporary folders; cover the rest of the spool.

    `/proc` is covered too: nothing in it is a student's business.
    """
    system.mount("none", "/", None, system.PRIVATE | system.RECURSIVE)
    system.mount(f"{SPOOL}/{name}", SUBMISSION, None, system.BIND)
    read_only = system.BIND | system.REMOUNT | system.READ_ONLY | _FLAGS
    system.mount("none", SUBMISSION, None, read_only)
    for covered in (SPOOL, "/proc"):
        system.mount("tmpfs", covered, "tmpfs", _FLAGS | system.READ_ONLY, "size=4k,mode=555")
    system.mount("/dev/null", "/dev/zero", None, system.BIND)  # mapped: memory that nobody counts
    size = int(limits["temporary_bytes"])
    options = f"size={size},nr_inodes={size // _BLOCK_BYTES},mode=1777"
    for place in ("/tmp", "/dev/shm"):  # noqa: S108 - both are this child's own from here on
        system.mount("tmpfs", place, "tmpfs", _FLAGS, options)
    os.chdir("/tmp")  # noqa: S108


def only_these_files(rules: list[tuple[str, int]], folder: str, work: str) -> None:
    """Let Landlock allow `rules`, reading `folder` and writing to `work`, and nothing else."""
    os.environ.update(
        HOME=work, TMPDIR=work, KERAS_HOME=work
    )  # which asks the real user, a stranger
    tempfile.tempdir = work
    os.chdir(work)
    devices = [(path, _FILE_RIGHTS) for path in _HARMLESS_DEVICES]
    system.no_new_privileges()
    system.landlock(
        _EVERY_RIGHT,
        [*rules, *devices, (folder, READ), (work, _WRITE)],
        _ABSTRACT_SOCKETS_AND_SIGNALS,
        _TCP,
    )


def be_counted_apart() -> None:
    """Let the kernel count what this process starts, which it does not for root's.

    The real user becomes one that nobody is; the effective one stays, and with it whose files are
    read. A filter must refuse the way back. Where the machine has no such user, nothing changes.
    """
    if os.getuid() == 0:
        with contextlib.suppress(OSError):
            os.setresuid(_FIRST_STRANGER + os.getpid() % _STRANGERS, -1, -1)


def restrict(limits: dict[str, float]) -> None:
    """Lower this process's hard limits; nothing it starts can raise them again."""
    memory = int(limits["memory_bytes"])
    for what, most in (
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_CPU, int(limits["cpu_seconds"])),
        (resource.RLIMIT_FSIZE, int(limits["file_bytes"])),
        (resource.RLIMIT_NOFILE, int(limits["open_files"])),
        (resource.RLIMIT_NPROC, int(limits["processes"])),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def give_up_rights(calls: bytes) -> None:
    """Drop what is left: capabilities, new privileges, and the calls that `calls` refuses."""
    system.drop_capabilities()
    system.no_new_privileges()
    system.filter_calls(calls)


def keep_only(descriptors: list[int]) -> None:
    """Close every descriptor but the standard three and `descriptors`."""
    first = 3
    for kept in sorted(descriptors):
        os.closerange(first, kept)
        first = kept + 1
    os.closerange(first, 4096)
