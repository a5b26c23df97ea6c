"""The command line of one sandbox: namespaces, mounts and an empty environment."""

import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from graders.sandbox import child
from graders.sandbox.limits import Limits
from graders.sandbox.mounts import Mount, plan

SUBMISSION = Path("/submission")
"""Where the student's files are inside the sandbox."""

_CHILD = Path("/gradebench/child.py")
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
    """How to start a sandboxed child: the program, its version and the files to show."""

    program: str
    version: str
    mounts: tuple[Mount, ...]

    @property
    def level(self) -> str:
        """What a grade says about its isolation."""
        return f"bubblewrap {self.version}: own namespaces, no network, read-only files, rlimits"

    def command(self, folder: Path, limits: Limits, program: Sequence[str]) -> list[str]:
        """Return the arguments that run `program` with `folder` shown as `/submission`.

        The last mounts make what bubblewrap leaves writable read-only: its root, `/dev` and
        `/proc`, where files of `/proc/sys` obey the real user id, which may be root's.
        """
        environment = [
            word
            for name, value in (_ENVIRONMENT | _thread_variables(limits)).items()
            for word in ("--setenv", name, value)
        ]
        shown = [word for mount in self.mounts for word in mount.arguments()]
        return [
            *(self.program, *_ISOLATION, *environment, *shown),
            *("--ro-bind", child.__file__, str(_CHILD)),
            *("--ro-bind", str(folder), str(SUBMISSION)),
            *("--proc", "/proc", "--remount-ro", "/proc"),
            *("--dev", "/dev", "--size", str(limits.temporary_bytes), "--tmpfs", "/dev/shm"),  # noqa: S108
            *("--remount-ro", "/dev"),
            *("--size", str(limits.temporary_bytes), "--tmpfs", "/tmp"),  # noqa: S108
            *("--remount-ro", "/", "--chdir", "/tmp"),  # noqa: S108
            *program,
        ]

    def child_command(self, folder: Path, limits: Limits, job: str) -> list[str]:
        """Return the arguments that run the child on `job` (JSON)."""
        return self.command(folder, limits, [sys.executable, "-I", "-B", "-u", str(_CHILD), job])


def _thread_variables(limits: Limits) -> dict[str, str]:
    return {"OMP_NUM_THREADS": str(limits.threads), "MKL_NUM_THREADS": str(limits.threads)}


def find_bubblewrap(secret: Iterable[Path] = ()) -> Bubblewrap | None:
    """Return bubblewrap as installed on this machine, or None where it is not."""
    program = shutil.which("bwrap")
    if program is None:
        return None
    shown = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    version = shown.stdout.rpartition(" ")[2].strip() or "of unknown version"
    return Bubblewrap(program, version, tuple(plan(secret)))
