"""Prove that a sandbox holds on this machine before anything is put into it."""

import json
import os
import socket
import time
from pathlib import Path
from typing import Any

from graders.errors import SandboxError
from graders.sandbox.inside.probe import COMPUTED
from graders.sandbox.limits import Limits
from graders.sandbox.sandbox import Sandbox

_PATIENCE_SECONDS = 60.0
_MOST_BYTES = 1 << 16
_PROBED = "probed"


def insist_that_it_holds(sandbox: Sandbox, *, shares_processes: bool) -> None:
    """Run the probe where submissions will run; SandboxError when anything gets out.

    `shares_processes` says that a child's process numbers are those of the grader.
    """
    canary = sandbox.spool / "canary"
    canary.write_text("not for children")
    shown = sandbox.spool / _PROBED
    shown.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        grader = os.getpid() if shares_processes else 0
        probe = {"canary": str(canary), "port": port, "grader": grader}
        told = _ask(sandbox, shown, {"probe": probe})
    try:
        escapes = list(json.loads(told.rpartition("\n")[2]))
    except ValueError:
        raise SandboxError(f"the sandbox's self-test gave no answer: {told[-200:]}") from None
    if escapes:
        raise SandboxError(f"the sandbox does not hold: from inside one can {', '.join(escapes)}")


def insist_that_it_computes(sandbox: Sandbox) -> None:
    """Compute on the sandbox's device where submissions will; SandboxError says why it fails."""
    if sandbox.device == "cpu":
        return
    told = _ask(sandbox, sandbox.spool / _PROBED, {"attempt": sandbox.device})
    reason = told.rpartition("\n")[2] or "the child ended without a word"
    if reason != COMPUTED:
        raise SandboxError(f"{sandbox.device} cannot be used in the sandbox: {reason[-200:]}")


def _ask(sandbox: Sandbox, folder: Path, job: dict[str, Any]) -> str:
    """Let a child try what `job` says; return what it printed."""
    child_reads, outgoing = os.pipe()
    try:
        newborn = sandbox.bear(folder, Limits(), job, [child_reads, outgoing])
        try:
            os.write(outgoing, b"!")
            return _printed(newborn.printed)
        finally:
            newborn.kill()
            newborn.close()
    finally:
        os.close(child_reads)
        os.close(outgoing)


def _printed(descriptor: int) -> str:
    os.set_blocking(descriptor, False)
    end = time.monotonic() + _PATIENCE_SECONDS
    data = b""
    while time.monotonic() < end and len(data) < _MOST_BYTES:
        try:
            part = os.read(descriptor, _MOST_BYTES)
        except BlockingIOError:
            time.sleep(0.005)
            continue
        if not part:
            return data.decode(errors="replace").strip()
        data += part
    raise SandboxError("the sandbox's self-test did not finish")
