"""A process that has imported torch, and forks a confined child for each order.

Importing torch costs seconds, forking it milliseconds. The nursery itself never opens a file of a
student's: every child confines itself before it does, and what one child does no other can see.
Orders come as JSON over a socket, with the child's descriptors: to print, to read, to write, and
memory to read from.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import random
import select
import signal
import socket
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from . import child, probe, system
from .confinement import (
    SUBMISSION,
    be_counted_apart,
    give_up_rights,
    keep_only,
    only_these_files,
    own_namespaces,
    private_files,
    restrict,
)
from .pages import settle
from .quiet import quiet

_MOST_BYTES = 1 << 20
_MOST_DESCRIPTORS = 4
_READY = object()
_PRINTS = (1, 2)
_SEED = 0
_LIBRARIES = ("safetensors.torch", f"{__package__}.loading", f"{__package__}.weights")
"""What nearly every child would import before its first line of a student's code."""
_SLOW = {"training": "torch._dynamo", "program": "torch._dynamo", "keras": "keras"}
"""Seconds of importing each, by the kind of job; torch's optimisers and exports use the first."""


def main(settings: dict[str, Any]) -> None:
    """Import torch, say so, and serve orders until the grader hangs up; then end every child."""
    control = socket.socket(fileno=settings["control"])
    if settings["level"] == "landlock":
        system.adopt_orphans()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is the grader's to answer
    groups = _Groups()
    control.send(json.dumps({"torch": _warm_up(settings["threads"])}).encode())
    warm, early = _data_bytes(), set[str]()
    preparation, unborn = settle(), None
    while True:
        if _is_idle(control):
            if next(preparation, _READY) is not _READY:
                continue
            with contextlib.suppress(OSError):  # who asks next will be told why
                unborn = unborn or _Unborn(settings, control, groups)
        data, descriptors, _, _ = socket.recv_fds(control, _MOST_BYTES, _MOST_DESCRIPTORS)
        if not data:
            break
        order = json.loads(data)
        if new := _prepare(order["job"].get("kind"), settings) - early:
            early |= new
            preparation, unborn = settle(), None
        order["early"] = sorted(early)
        # What was imported for another's child takes nothing from this one.
        order["limits"]["memory_bytes"] += _data_bytes() - warm
        try:
            _bear(order, descriptors, unborn, lambda: _Unborn(settings, control, groups))
        except OSError as error:
            control.send(json.dumps({"error": str(error)}).encode())
        unborn = None
        for descriptor in descriptors:
            os.close(descriptor)
    groups.end()


def _is_idle(control: socket.socket) -> bool:
    """Whether no order waits."""
    return not select.select([control], [], [], 0)[0]


def _warm_up(threads: int) -> str:
    """Import torch and let it choose its kernels, as each child would again; return its version."""
    import numpy as np
    import torch

    torch.set_num_threads(threads)
    with torch.inference_mode():
        image = torch.zeros(2, 1, 8, 8)
        torch.nn.functional.conv2d(image, torch.zeros(2, 1, 3, 3)).softmax(1)
        torch.from_numpy(np.zeros((2, 8), np.float32)) @ torch.zeros(8, 2)
    _seed()
    for module in _LIBRARIES:
        import_module(module)
    return str(torch.__version__)


def _prepare(kind: str | None, settings: dict[str, Any]) -> set[str]:
    """Import the slow library that children of a `kind` need, once; return what came with it.

    Only what starts no thread may come here, for none survives a fork: onnxruntime starts one, and
    a first optimiser would start those of autograd where there is a GPU. Only where the nursery has
    a world of its own, for libraries read settings from home; and where no GPU is, for whoever asks
    for one before a fork keeps the child from it. A library that does not import is told of by the
    child.
    """
    before = set(sys.modules)
    if kind in _SLOW and settings["level"] == "namespaces" and settings["device"] == "cpu":
        with contextlib.suppress(Exception), quiet():
            import_module(_SLOW[kind])
    return set(sys.modules) - before


def _forget(early: list[str], folder: str) -> None:
    """Take back the modules imported early whose names the submission has files of."""
    own = {path.stem for path in Path(folder).rglob("*.py")}
    own |= {path.name for path in Path(folder).iterdir() if path.is_dir()}
    for name in early:
        if name.partition(".")[0] in own:
            sys.modules.pop(name, None)


def _data_bytes() -> int:
    """What counts against RLIMIT_DATA; see proc(5), status."""
    status = Path("/proc/self/status").read_text("ascii").splitlines()
    return 1024 * next(int(line.split()[1]) for line in status if line.startswith("VmData"))


class _Groups:
    """The process groups of children that no namespace ends: the nursery's own to end."""

    def __init__(self) -> None:
        self._leaders: set[int] = set()
        self._orphaned: set[int] = set()
        signal.signal(signal.SIGCHLD, self._reap)

    def fork(self) -> int:
        """Fork; in the parent, remember the child until it ends."""
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        try:
            pid = os.fork()
            if pid:
                self._leaders.add(pid)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        return pid

    def end(self) -> None:
        """Kill what still runs."""
        for leader in self._leaders | self._orphaned:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(leader, signal.SIGKILL)

    def _reap(self, *_: object) -> None:
        with contextlib.suppress(ChildProcessError):
            while pid := os.waitpid(-1, os.WNOHANG)[0]:
                if pid in self._leaders:
                    self._leaders.discard(pid)
                    self._orphaned.add(pid)
        # The next child's end may interrupt this: what is walked through must be nobody else's.
        self._orphaned -= {group for group in tuple(self._orphaned) if not _lives(group)}


def _lives(group: int) -> bool:
    """Whether a process is left of `group`, whose number belongs to nobody else until then."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


class _Unborn:
    """A child in a world of its own, as far as that can be without knowing for whom it will be.

    It is made while nobody waits. Whoever lets go of it ends it.
    """

    def __init__(self, settings: dict[str, Any], control: socket.socket, groups: _Groups) -> None:
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            if groups.fork() == 0:
                self._orders.close()
                _begin(settings, theirs, control)

    def bear(self, order: dict[str, Any], descriptors: list[int]) -> None:
        """Tell it for whom it is; OSError if it lives no more."""
        with self._orders:
            socket.send_fds(self._orders, [json.dumps(order).encode()], descriptors)
            if not self._orders.recv(1):
                raise ChildProcessError("it ended before it had read for whom it is")


def _bear(
    order: dict[str, Any],
    descriptors: list[int],
    unborn: _Unborn | None,
    make: Callable[[], _Unborn],
) -> None:
    """Let the one that waits be the child for `order`, or a new one if it lives no more."""
    if unborn is not None:
        with contextlib.suppress(OSError):
            unborn.bear(order, descriptors)
            return
    make().bear(order, descriptors)


def _begin(settings: dict[str, Any], orders: socket.socket, control: socket.socket) -> NoReturn:
    """In the fork: confine, wait until the grader holds this process, and become the child."""
    status = 1
    try:
        for number in (signal.SIGCHLD, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        os.setsid()
        trouble = _enter_world(settings)
        control.send(b'{"unborn": true}')
        data, descriptors, _, _ = socket.recv_fds(orders, _MOST_BYTES, _MOST_DESCRIPTORS)
        if not data:
            os._exit(0)
        orders.send(b"!")
        if trouble:
            raise trouble
        order = {**settings, **json.loads(data)}
        if order["level"] == "namespaces":
            private_files(order["name"], order["limits"])
        _introduce(order, descriptors, control)
        status = 0
    except OSError as error:
        print(error, flush=True)  # where the prints go, for those who hold the other end already
        with contextlib.suppress(OSError):
            control.send(json.dumps({"error": str(error)}).encode())
    finally:
        os._exit(status)


def _enter_world(settings: dict[str, Any]) -> OSError | None:
    """Become the first process of fresh namespaces; what the kernel says where it refuses."""
    if settings["level"] == "namespaces":
        try:
            own_namespaces()
            if os.fork():
                os._exit(0)  # what this process was for is done: its child is pid 1 of a new world
        except OSError as error:
            return error
    return None


def _introduce(order: dict[str, Any], descriptors: list[int], control: socket.socket) -> None:
    """Tell the grader which process this is, and go on once it has a hold of it."""
    prints, *ends = descriptors
    for number in _PRINTS:
        os.dup2(prints, number)
    control.send(b"{}")  # the kernel adds this process's number as the grader knows it
    control.close()
    keep_only(ends)
    if os.read(ends[0], 1) != b"!":
        return
    if order["level"] == "namespaces":
        _become_init(order, ends)
    else:
        be_counted_apart()
        only_these_files(order["rules"], order["folder"], order["work"])
        _converse(order, order["folder"], ends)


def _become_init(order: dict[str, Any], ends: list[int]) -> None:
    """Be pid 1, which the kernel shields from its own children, and end with the first of them."""
    worker = os.fork()
    if worker == 0:
        _converse(order, SUBMISSION, ends)
    system.drop_capabilities()
    keep_only([])
    for number in _PRINTS:
        os.close(number)
    while os.wait()[0] != worker:
        pass


def _seed() -> None:
    """Let what is drawn without a seed be the same in every child: a grade can be got again."""
    import numpy as np
    import torch

    random.seed(_SEED)
    np.random.seed(_SEED)  # noqa: NPY002 - students draw from it
    torch.manual_seed(_SEED)


def _converse(order: dict[str, Any], folder: str, ends: list[int]) -> NoReturn:
    """Give up the rest, and let the student's code loose."""
    restrict(order["limits"])
    give_up_rights(base64.b64decode(order["filter"]))
    _seed()
    _forget(order["early"], folder)
    job = {key: order[key] for key in ("limits", "device")} | order["job"] | {"folder": folder}
    if "probe" in job:
        print(json.dumps(probe.escapes(submission=folder, **job["probe"])))
    elif "attempt" in job:
        print(probe.attempt(job["attempt"]))
    else:
        child.main(job, ends)
    sys.stdout.flush()
    keep_only([])
    os.closerange(0, 3)  # the grader need not wait until the kernel has taken all memory back
    os._exit(0)
