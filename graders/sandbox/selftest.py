"""Prove that the sandbox holds on this machine before anything is put into it."""

import json
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from graders.sandbox import probe
from graders.sandbox.bubblewrap import SUBMISSION, Bubblewrap, find_bubblewrap
from graders.sandbox.limits import Limits

_PATIENCE_SECONDS = 120
_INSTALL = "install bubblewrap 0.8 or newer (Debian, Ubuntu: apt-get install bubblewrap)"


@dataclass(frozen=True)
class Sandbox:
    """A sandbox that passed its self-test, or the reason why there is none."""

    bubblewrap: Bubblewrap | None
    level: str
    torch: str = ""
    reason: str = ""


def open_sandbox(secret: Iterable[Path] = ()) -> Sandbox:
    """Find bubblewrap and test it on this machine; never raises.

    `secret` are paths that no child may see even if they lie below a folder that it needs.
    """
    bubblewrap = find_bubblewrap(secret)
    if bubblewrap is None:
        return Sandbox(None, "none", reason=f"bubblewrap is not installed: {_INSTALL}")
    with tempfile.TemporaryDirectory(prefix="gradebench-") as private:
        return _tested(bubblewrap, Path(private))


def _tested(bubblewrap: Bubblewrap, private: Path) -> Sandbox:
    shown = private / "shown"
    shown.mkdir()
    (shown / "probe.py").write_bytes(Path(probe.__file__).read_bytes())
    canary = private / "canary"
    canary.write_text("not for children")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        words = [sys.executable, "-I", "-B", str(SUBMISSION / "probe.py"), str(canary), str(port)]
        command = bubblewrap.command(shown, Limits(), words)
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return _unfit("its self-test did not finish")
    return _verdict(bubblewrap, done)


def _verdict(bubblewrap: Bubblewrap, done: "subprocess.CompletedProcess[str]") -> Sandbox:
    if done.returncode != 0:
        last = done.stderr.strip().rpartition("\n")[2]
        return _unfit(f"{last or 'no reason given'}; {_INSTALL} and allow user namespaces")
    report = json.loads(done.stdout)
    if report["escapes"]:
        return _unfit(f"from inside it is possible to {', to '.join(report['escapes'])}")
    if report["user"] == 0:
        return _unfit("the child would be root")
    return Sandbox(bubblewrap, bubblewrap.level, torch=report["torch"])


def _unfit(reason: str) -> Sandbox:
    return Sandbox(None, "none", reason=f"the sandbox does not hold on this machine: {reason}")
