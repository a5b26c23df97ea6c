"""The weaker level, where bubblewrap or namespaces are not to be had: Landlock and a filter.

No privilege is needed. A child is one of the machine's processes: it has a session that it cannot
leave, sees nothing of the file system but what Python needs and its own folders, opens no socket,
and signals nobody outside.
"""

import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from graders.errors import SandboxError
from graders.sandbox.inside.confinement import READ, READ_DIRECTORY
from graders.sandbox.inside.system import landlock_version
from graders.sandbox.mounts import Mount
from graders.sandbox.nursery import code_folder

_NEEDED = 6
"""The first version that confines signals and abstract sockets: Linux 6.12."""

_READ_FILE = READ & ~READ_DIRECTORY

Rule = tuple[str, int]


@dataclass(frozen=True)
class Landlock:
    """How to start a nursery whose children confine themselves by Landlock."""

    version: int

    @property
    def level(self) -> str:
        """What a grade says about its isolation."""
        return f"Landlock {self.version}, no network, few files, filtered system calls"

    @property
    def code(self) -> Path:
        """Where the code of the inside is."""
        return code_folder()

    def launch(
        self, program: Sequence[str], descriptors: Sequence[int], environment: dict[str, str]
    ) -> "subprocess.Popen[bytes]":
        """Start `program` with an empty stdin and no descriptor but `descriptors`."""
        return subprocess.Popen(
            list(program),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            pass_fds=tuple(descriptors),
            start_new_session=True,
            cwd="/",
        )


def find_landlock() -> Landlock:
    """Return Landlock as this kernel has it; SandboxError where it is missing or too old."""
    version = landlock_version()
    if version < _NEEDED:
        has = f"version {version}" if version else "none"
        raise SandboxError(f"this kernel has {has} of Landlock; {_NEEDED} is needed (Linux 6.12)")
    return Landlock(version)


def rules(mounts: Iterable[Mount]) -> list[Rule]:
    """Return what a child may read: all that `mounts` show, without what they hide.

    Landlock allows whole trees, so a tree with something hidden in it is allowed entry by entry;
    the names in it can be listed all the same.
    """
    hidden = {mount.path.resolve() for mount in mounts if mount.kind.startswith("hide")}
    shown = {mount.path.resolve() for mount in mounts if mount.kind in ("show", "link")}
    return sorted({rule for path in shown for rule in _split(path, hidden)})


def _split(path: Path, hidden: set[Path]) -> Iterator[Rule]:
    if path in hidden:
        return
    if not path.is_dir():
        yield str(path), _READ_FILE
    elif not any(one.is_relative_to(path) for one in hidden):
        yield str(path), READ
    else:
        yield str(path), READ_DIRECTORY
        for entry in path.iterdir():
            if entry.resolve().is_relative_to(path) and entry.exists():
                yield from _split(entry.resolve(), hidden)
