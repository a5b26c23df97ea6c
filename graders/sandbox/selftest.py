"""Prove that the sandbox holds on this machine before anything is put into it."""

import json
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from graders.errors import SandboxError
from graders.sandbox import probe
from graders.sandbox.bubblewrap import INSTALL, SUBMISSION, Bubblewrap, find_bubblewrap
from graders.sandbox.limits import Limits

_PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Report:
    """What the probe found from inside: escapes that worked, and the version of torch there."""

    escapes: tuple[str, ...]
    torch: str


@dataclass(frozen=True)
class Sandbox:
    """A sandbox that passed its self-test, or the reason why there is none."""

    bubblewrap: Bubblewrap | None
    level: str
    torch: str = ""
    reason: str = ""


def open_sandbox(secret: Iterable[Path] = ()) -> Sandbox:
    """Find bubblewrap and test it on this machine; never raises for want of one.

    `secret` are paths that no child may see even if they lie below a folder that it needs.
    """
    try:
        bubblewrap = find_bubblewrap(secret)
        with tempfile.TemporaryDirectory(prefix="gradebench-") as private:
            report = _probe(bubblewrap, Path(private))
        return Sandbox(bubblewrap, bubblewrap.level, report.torch)
    except SandboxError as error:
        return Sandbox(None, "none", reason=str(error))


def _probe(bubblewrap: Bubblewrap, private: Path) -> Report:
    """Run the probe where submissions will run; SandboxError when anything gets out."""
    shown = private / "shown"
    shown.mkdir()
    (shown / "probe.py").write_bytes(Path(probe.__file__).read_bytes())
    canary = private / "canary"
    canary.write_text("not for children")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        words = [sys.executable, "-I", "-B", str(SUBMISSION / "probe.py"), str(canary), str(port)]
        printed = _output(bubblewrap.start(shown, Limits(), words))
    return _checked(printed)


def _output(program: "subprocess.Popen[bytes]") -> str:
    with program:
        try:
            printed, _ = program.communicate(timeout=_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired as error:
            program.kill()
            raise SandboxError("the sandbox's self-test did not finish") from error
        text = printed.decode(errors="replace").strip()
        if program.returncode != 0:
            last = text.rpartition("\n")[2] or f"exit status {program.returncode}"
            raise SandboxError(f"the sandbox does not start ({last}): {INSTALL}")
    return text


def _checked(printed: str) -> Report:
    report = Report(**json.loads(printed.rpartition("\n")[2]))
    if report.escapes:
        raise SandboxError(
            f"the sandbox does not hold: from inside one can {', '.join(report.escapes)}"
        )
    return report
