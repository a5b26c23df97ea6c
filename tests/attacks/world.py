"""The world that attacks would harm: canaries that can be looked at from outside."""

import json
import os
import resource
import secrets
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from graders.sandbox import Sandbox
from reference_models.data import cache_root, load_dataset


@dataclass
class Bystander:
    """A process of the grader's user that has nothing to do with grading."""

    process: "subprocess.Popen[bytes]"
    before: str = ""

    def state(self) -> str:
        """All that another process could change of it."""
        return settings_of(self.process.pid)


@dataclass
class World:
    """Files, sockets and processes outside, and what a hostile submission is told of them.

    `tokens` are secrets; none may ever be in a grade. `mark` is in the name of all that attacks
    leave anywhere.
    """

    folder: Path
    sandbox: Sandbox
    out: Path
    mark: str
    tokens: tuple[str, ...]
    told: dict[str, object]
    bystander: Bystander
    callers: list[str] = field(default_factory=list)
    files_before: dict[str, str] = field(default_factory=dict)
    grader_before: str = ""

    def files(self) -> dict[str, str]:
        """What can be seen of each of the canaries' files, contents included."""
        return {str(path): _described(path) for path in sorted(self.folder.rglob("*"))}

    def insist_it_is_unharmed(self) -> None:
        """Assert that all is as it was before the attacks."""
        assert self.callers == []
        assert self.files() == self.files_before
        assert self.bystander.process.poll() is None
        assert self.bystander.state() == self.bystander.before
        assert settings_of(os.getpid()) == self.grader_before
        assert self.left_behind() == []

    def left_behind(self) -> list[str]:
        """Files with the mark in the folders that everybody may write to."""
        places = ("/tmp", "/var/tmp", "/dev/shm", str(Path.home()), os.getcwd(), "/")
        return [
            f"{place}/{name}"
            for place in places
            if Path(place).is_dir()
            for name in os.listdir(place)
            if self.mark in name
        ]


def nursery_process(sandbox: Sandbox) -> psutil.Process:
    """The process that bears the children, or bubblewrap around it."""
    nursery = sandbox._nursery
    assert nursery is not None
    assert nursery._program is not None
    return psutil.Process(nursery._program.pid)


@contextmanager
def world(sandbox: Sandbox, base: Path) -> Iterator[World]:
    """Make a world and end it."""
    mark = f"attack-{secrets.token_hex(6)}"
    tokens = {name: f"{name}-{secrets.token_hex(8)}" for name in _SECRETS}
    folder, out = base / "world", base / "out"
    out.mkdir()
    files = _write_files(folder, tokens)
    with ExitStack() as stack:
        copy = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=sandbox.spool)))
        (copy / "model.py").write_text(tokens["sibling_copy"])
        callers: list[str] = []
        addresses = _listen(stack, folder, mark, callers)
        bystander = Bystander(stack.enter_context(_sleeping()))
        told = {
            **files,
            **addresses,
            "mark": mark,
            "out": str(out),
            "digits": str(_kept_digits()),
            "folder": str(folder),
            "sibling_copy": str(copy / "model.py"),
            "spool": str(sandbox.spool),
            "grader": os.getpid(),
            "nursery": nursery_process(sandbox).pid,
            "bystander": bystander.process.pid,
            "prefix": sys.prefix,
            "user": os.getuid(),
        }
        os.environ["GRADEBENCH_CANARY"] = tokens["environment"]
        stack.callback(os.environ.pop, "GRADEBENCH_CANARY")
        made = World(folder, sandbox, out, mark, tuple(tokens.values()), told, bystander, callers)
        made.files_before = made.files()
        bystander.before = bystander.state()
        made.grader_before = settings_of(os.getpid())
        yield made


_SECRETS = ("secret", "rubric", "sibling", "sibling_copy", "labels", "environment")


def _kept_digits() -> Path:
    """The file of the cache that holds the digits of embedded grading, labels and all."""
    return next(cache_root().glob(f"{load_dataset('mnist').key}-*.safetensors"))


def _write_files(folder: Path, tokens: dict[str, str]) -> dict[str, object]:
    """Write the canaries; return their paths by name."""
    paths = {
        "secret": folder / "secret.txt",
        "rubric": folder / "rubrics" / "rubric.toml",
        "sibling": folder / "submissions" / "sibling" / "model.py",
        "labels": folder / "data" / "mnist" / "train-labels-idx1-ubyte",
    }
    for name, path in paths.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(tokens[name])
    return {name: str(path) for name, path in paths.items()}


def _listen(stack: ExitStack, folder: Path, mark: str, callers: list[str]) -> dict[str, object]:
    """Listen on TCP, UDP, a Unix socket and an abstract one; note who calls."""
    short = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gb-attacks-")))
    unix = str(short / "socket")
    wanted: list[tuple[int, int, object]] = [
        (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
        (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
        (socket.AF_UNIX, socket.SOCK_STREAM, unix),
        (socket.AF_UNIX, socket.SOCK_DGRAM, f"\0{mark}"),
    ]
    opened = [_server(stack, *one, callers) for one in wanted]
    return {
        "tcp": opened[0].getsockname()[1],
        "udp": opened[1].getsockname()[1],
        "unix": unix,
        "abstract": f"\0{mark}",
    }


def _server(
    stack: ExitStack, family: int, kind: int, address: object, callers: list[str]
) -> socket.socket:
    server = stack.enter_context(socket.socket(family, kind))
    server.bind(address)  # type: ignore[arg-type]
    if kind == socket.SOCK_STREAM:
        server.listen()
    server.settimeout(0.2)
    over = threading.Event()
    thread = threading.Thread(target=_note_callers, args=(server, kind, callers, over))
    thread.start()
    stack.callback(thread.join)
    stack.callback(over.set)
    return server


def _note_callers(
    server: socket.socket, kind: int, callers: list[str], over: threading.Event
) -> None:
    while not over.is_set():
        try:
            if kind == socket.SOCK_STREAM:
                connection, address = server.accept()
                connection.close()
            else:
                _, address = server.recvfrom(100)
        except TimeoutError:
            continue
        callers.append(repr(address))


@contextmanager
def _sleeping() -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(["sleep", "100000"], start_new_session=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def settings_of(pid: int) -> str:
    """What processes of the same user could change of `pid`: limits, priority, processors."""
    limits = [getattr(resource, name) for name in dir(resource) if name.startswith("RLIMIT_")]
    return json.dumps(
        {
            "limits": [resource.prlimit(pid, limit) for limit in limits],
            "nice": os.getpriority(os.PRIO_PROCESS, pid),
            "processors": sorted(os.sched_getaffinity(pid)),
            "scheduler": os.sched_getscheduler(pid),
            "io": str(psutil.Process(pid).ionice()),
        }
    )


def _described(path: Path) -> str:
    seen = path.lstat()
    facts = [stat.filemode(seen.st_mode), seen.st_uid, seen.st_gid, seen.st_mtime_ns]
    facts += sorted(os.listxattr(path, follow_symlinks=False))
    if path.is_file():
        facts.append(path.read_text())
    return " ".join(str(fact) for fact in facts)
