"""Runs inside the sandbox before any grading: tries what must fail, prints what worked (JSON)."""

import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

_SYSTEM_FILE = "/proc/sys/kernel/core_pattern"


def _works(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True


def _torch_version() -> str:
    import torch

    return torch.__version__


def main(canary: str, port: int) -> None:
    """Print which escapes worked, and the version of torch that is visible."""
    attempts: dict[str, Callable[[], object]] = {
        "read a file outside": lambda: Path(canary).read_bytes(),
        "reach the network": lambda: socket.create_connection(
            ("127.0.0.1", port), timeout=1
        ).close(),
        "write to the root folder": lambda: Path("/canary").touch(),
        "write to /usr": lambda: Path("/usr/canary").touch(),
        "change the system's settings": lambda: os.close(os.open(_SYSTEM_FILE, os.O_WRONLY)),
        "signal the grader": lambda: (
            os.kill(os.getppid(), 0) if os.getppid() > 1 else os.kill(2**22, 0)
        ),
    }
    report = {
        "escapes": [name for name, attempt in attempts.items() if _works(attempt)],
        "user": os.getuid(),
        "torch": _torch_version(),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
