"""The stronger level: bubblewrap lays out a read-only world, and each child has its own in it."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from graders.errors import SandboxError
from graders.sandbox.inside.confinement import SPOOL, SUBMISSION
from graders.sandbox.mounts import Mount
from graders.sandbox.nursery import code_folder

INSTALL = "install bubblewrap (Debian and Ubuntu: apt-get install bubblewrap)"

_INSIDE = Path("/gradebench/gradebench_inside")
"""Where the code that runs beside the student's is, under a name that no student's file has."""

_NOBODY = "65534"
_ISOLATION = (
    *("--unshare-user", "--unshare-all", "--cap-drop", "ALL"),
    *("--uid", _NOBODY, "--gid", _NOBODY, "--hostname", "sandbox"),
    *("--die-with-parent", "--new-session", "--clearenv"),
)


@dataclass(frozen=True)
class Bubblewrap:
    """How to start a nursery: the program, the files and devices to show, where submissions are."""

    program: str
    version: str
    mounts: tuple[Mount, ...]
    spool: Path
    devices: tuple[Path, ...] = ()

    @property
    def level(self) -> str:
        """What a grade says about its isolation."""
        return f"bubblewrap {self.version}, no network, read-only files, filtered system calls"

    @property
    def code(self) -> Path:
        """Where the code of the inside is, as seen from there."""
        return _INSIDE

    def launch(
        self, program: Sequence[str], descriptors: Sequence[int], environment: dict[str, str]
    ) -> "subprocess.Popen[bytes]":
        """Start `program` inside with an empty stdin and no descriptor but `descriptors`."""
        words = self._options(environment)
        # /proc/1 inside shows bubblewrap's command line: it shall not name host folders.
        with _readable("".join(f"{word}\0" for word in words).encode()) as options:
            return subprocess.Popen(
                [self.program, "--args", str(options), *program],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={},  # --clearenv is for the inside alone: bubblewrap's own shows in /proc/1
                pass_fds=(options, *descriptors),
                start_new_session=True,
            )

    def _options(self, environment: dict[str, str]) -> list[str]:
        """Return bubblewrap's options.

        Each child covers what it must not see (`/proc`, the spool) and mounts its own temporary
        folders where empty ones are here. `/proc` stays writable for the nursery alone, which
        writes its children's user maps there.
        """
        words = [w for name, value in environment.items() for w in ("--setenv", name, value)]
        shown = [word for mount in self.mounts for word in mount.arguments()]
        devices = [word for one in self.devices for word in ("--dev-bind", str(one), str(one))]
        closed = [word for mount in self.mounts for word in mount.closing()]
        return [
            *(*_ISOLATION, *words, *shown),
            *("--ro-bind", str(code_folder()), str(_INSIDE)),
            *("--ro-bind", str(self.spool), SPOOL),
            *("--dir", SUBMISSION, "--tmpfs", "/tmp"),  # noqa: S108
            *("--proc", "/proc", "--dev", "/dev", *devices, "--remount-ro", "/dev"),
            *(*closed, "--remount-ro", "/", "--chdir", "/"),
        ]


def find_bubblewrap(
    mounts: tuple[Mount, ...], spool: Path, devices: tuple[Path, ...] = ()
) -> Bubblewrap:
    """Return bubblewrap as installed on this machine; SandboxError where it is missing."""
    program = shutil.which("bwrap")
    if program is None:
        raise SandboxError(f"bubblewrap is not installed: {INSTALL}")
    shown = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    version = shown.stdout.rpartition(" ")[2].strip() or "of unknown version"
    return Bubblewrap(program, version, mounts, spool, devices)


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
