"""Runs inside the sandbox before any grading: tries what must fail, prints what worked (JSON)."""

import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

_SYSTEM_FILE = "/proc/sys/kernel/core_pattern"
_OWN_PROCESSES = 2
"""Bubblewrap's first process and this one."""


def _works(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True


def _connect(port: int) -> None:
    socket.create_connection(("127.0.0.1", port), timeout=1).close()


def _call_the_host() -> None:
    socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM).close()


def _see_others() -> None:
    processes = [entry for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    if len(processes) <= _OWN_PROCESSES:
        raise ProcessLookupError


def _be_root() -> None:
    if os.getuid() != 0:
        raise PermissionError


def _read_the_graders_environment() -> None:
    if not Path("/proc/1/environ").read_bytes():
        raise FileNotFoundError


def _find_labels() -> None:
    labelled = ("sklearn/datasets/data", "graders/rubrics")
    folders = [Path(entry, inner) for entry in sys.path for inner in labelled]
    if not any(folder.is_dir() and any(folder.iterdir()) for folder in folders):
        raise FileNotFoundError


def _torch_version() -> str:
    import torch

    return torch.__version__


def main(canary: str, port: int) -> None:
    """Print which escapes worked, and the version of torch that is visible."""
    attempts: dict[str, Callable[[], object]] = {
        "be root": _be_root,
        "read a file outside": lambda: Path(canary).read_bytes(),
        "read the grader's environment": _read_the_graders_environment,
        "find labels or rubrics among the packages": _find_labels,
        "reach the network": lambda: _connect(port),
        "call the machine's host": _call_the_host,
        "write to the root folder": lambda: Path("/canary").touch(),
        "write to /usr": lambda: Path("/usr/canary").touch(),
        "write to the submission": lambda: Path("/submission/canary").touch(),
        "change the system's settings": lambda: os.close(os.open(_SYSTEM_FILE, os.O_WRONLY)),
        "take memory that no limit counts": lambda: os.close(os.memfd_create("canary")),
        "see other processes": _see_others,
    }
    escapes = [name for name, attempt in attempts.items() if _works(attempt)]
    print(json.dumps({"escapes": escapes, "torch": _torch_version()}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
