"""Runs inside the sandbox before any grading: tries what must fail, and tells what worked."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from . import system

if TYPE_CHECKING:
    from collections.abc import Callable

_SYSTEM_FILE = "/proc/sys/kernel/core_pattern"
_NEW_USERS = 0x10000000
COMPUTED = "it computes"
"""What is said of a device that can be used."""


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
    if not processes:
        raise ProcessLookupError


def _hold_a_capability() -> None:
    if not system.holds_capability():
        raise PermissionError


def _read_the_graders_environment() -> None:
    if not Path("/proc/1/environ").read_bytes():
        raise FileNotFoundError


def _find_labels() -> None:
    labelled = ("sklearn/datasets/data", "graders/rubrics")
    folders = [Path(entry, inner) for entry in sys.path for inner in labelled]
    files = [file for folder in folders if folder.is_dir() for file in folder.iterdir()]
    if not any(_works(file.read_bytes) for file in files if file.is_file()):
        raise FileNotFoundError


def _make_a_user_namespace() -> None:
    system.unshare(_NEW_USERS)


def escapes(canary: str, submission: str, port: int, grader: int) -> list[str]:
    """Return which escapes worked.

    `canary` is a file outside, `port` one that the grader listens on; `grader` is its process, or 0
    where the numbers of processes mean nothing here.
    """
    attempts: dict[str, Callable[[], object]] = {
        "use a capability of root": _hold_a_capability,
        "read a file outside": lambda: Path(canary).read_bytes(),
        "read the grader's environment": _read_the_graders_environment,
        "find labels or rubrics among the packages": _find_labels,
        "reach the network": lambda: _connect(port),
        "call the machine's host": _call_the_host,
        "write to the root folder": lambda: Path("/canary").touch(),
        "write to /usr": lambda: Path("/usr/canary").touch(),
        "write to the submission": lambda: Path(submission, "canary").touch(),
        "change the system's settings": lambda: os.close(os.open(_SYSTEM_FILE, os.O_WRONLY)),
        "take memory that no limit counts": lambda: os.close(os.memfd_create("canary")),
        "see other processes": _see_others,
        "make a user namespace": _make_a_user_namespace,
    }
    if grader:
        attempts["signal the grader"] = lambda: os.kill(grader, 0)
    return [name for name, attempt in attempts.items() if _works(attempt)]


def attempt(device: str) -> str:
    """Compute on `device`, and return that it works or, in one line, why not."""
    import torch

    try:
        computed = torch.ones(2, device=device).add(1).sum().item()
    except Exception as error:  # noqa: BLE001 - whatever a driver says is told
        return " ".join(f"{type(error).__name__}: {error}".split())
    return COMPUTED if computed == 4 else f"1 + 1 + 1 + 1 is {computed:g} there"
