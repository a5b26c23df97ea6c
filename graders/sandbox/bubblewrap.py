"""The command line of one sandbox: namespaces, mounts and an empty environment."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from graders.errors import SandboxError
from graders.sandbox import inside
from graders.sandbox.limits import Limits
from graders.sandbox.mounts import Mount, plan
from graders.sandbox.seccomp import filter_program

INSTALL = "install bubblewrap 0.8 or newer (Debian and Ubuntu: apt-get install bubblewrap)"

SUBMISSION = Path("/submission")
"""Where the student's files are inside the sandbox."""

_INSIDE = Path("/gradebench/gradebench_inside")
"""Where the code that runs beside the student's is, under a name that no student's file has."""

_PROGRAM = f"""
import json, sys
sys.path.insert(0, {str(_INSIDE.parent)!r})
from {_INSIDE.name}.child import main
main(json.loads(sys.argv[1]))
"""
_NOBODY = "65534"
_ISOLATION = (
    *("--unshare-user", "--unshare-all", "--disable-userns", "--cap-drop", "ALL"),
    *("--uid", _NOBODY, "--gid", _NOBODY, "--hostname", "sandbox"),
    *("--die-with-parent", "--new-session", "--clearenv"),
)
_ENVIRONMENT = {
    "HOME": "/tmp",  # noqa: S108 - the sandbox's own, in memory and private to one submission
    "LANG": "C.UTF-8",
    "PATH": "/usr/bin:/bin",
    "PYTHONDONTWRITEBYTECODE": "1",
    "TMPDIR": "/tmp",  # noqa: S108
}


@dataclass(frozen=True)
class Bubblewrap:
    """How to start a sandboxed child: the program, the files to show, the calls to refuse."""

    program: str
    version: str
    mounts: tuple[Mount, ...]
    filter: bytes

    @property
    def level(self) -> str:
        """What a grade says about its isolation."""
        return f"bubblewrap {self.version}, no network, read-only files, filtered system calls"

    def start(
        self,
        folder: Path,
        limits: Limits,
        program: Sequence[str],
        descriptors: Sequence[int] = (),
    ) -> "subprocess.Popen[bytes]":
        """Start `program` with `folder` shown as `/submission`.

        It inherits `descriptors`, an empty stdin and one pipe for all it prints: no other
        descriptor of the grader.
        """
        with _readable(self.filter) as rules:
            words = self._options(folder, limits, rules)
            # The child reads bubblewrap's command line in /proc/1: it shall not name host folders.
            with _readable("".join(f"{word}\0" for word in words).encode()) as options:
                return subprocess.Popen(
                    [self.program, "--args", str(options), *program],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    env={},  # --clearenv is for the child alone: bubblewrap's own shows in /proc/1
                    pass_fds=(rules, options, *descriptors),
                    start_new_session=True,
                )

    def _options(self, folder: Path, limits: Limits, rules: int) -> list[str]:
        """Return bubblewrap's options; `rules` is the descriptor of the system call filter.

        The last mounts make what bubblewrap leaves writable read-only: its root, `/dev` and
        `/proc`, where files of `/proc/sys` obey the real user id, which may be root's.
        """
        environment = [
            word
            for name, value in (_ENVIRONMENT | _thread_variables(limits)).items()
            for word in ("--setenv", name, value)
        ]
        shown = [word for mount in self.mounts for word in mount.arguments()]
        closed = [word for mount in self.mounts for word in mount.closing()]
        return [
            *(*_ISOLATION, *environment, *shown),
            *("--ro-bind", str(Path(inside.__file__).parent), str(_INSIDE)),
            *("--ro-bind", str(folder), str(SUBMISSION)),
            *("--proc", "/proc", "--remount-ro", "/proc"),
            *("--dev", "/dev", "--size", str(limits.temporary_bytes), "--tmpfs", "/dev/shm"),  # noqa: S108
            *("--remount-ro", "/dev"),
            *("--size", str(limits.temporary_bytes), "--tmpfs", "/tmp"),  # noqa: S108
            *(*closed, "--remount-ro", "/", "--chdir", "/tmp"),  # noqa: S108
            *("--seccomp", str(rules)),
        ]


def child_program(job: str) -> list[str]:
    """Return the program that runs the child on `job` (JSON), as seen from inside."""
    return [sys.executable, "-I", "-B", "-u", "-c", _PROGRAM, job]


@contextmanager
def _readable(data: bytes) -> Iterator[int]:
    """Open a descriptor from which `data` can be read once; small enough for a pipe to hold."""
    reading, writing = os.pipe()
    try:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(data)
        yield reading
    finally:
        os.close(reading)


def _thread_variables(limits: Limits) -> dict[str, str]:
    return {"OMP_NUM_THREADS": str(limits.threads), "MKL_NUM_THREADS": str(limits.threads)}


def find_bubblewrap(secret: Iterable[Path] = ()) -> Bubblewrap:
    """Return bubblewrap as installed on this machine.

    Raises SandboxError where it is missing or the processor has no system call filter.
    """
    program = shutil.which("bwrap")
    if program is None:
        raise SandboxError(f"bubblewrap is not installed: {INSTALL}")
    rules = filter_program()
    if rules is None:
        raise SandboxError(f"there is no system call filter for {platform.machine()} processors")
    shown = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    version = shown.stdout.rpartition(" ")[2].strip() or "of unknown version"
    return Bubblewrap(program, version, tuple(plan(secret)), rules)
