"""One submission in the real sandbox: what comes back, and what is said when nothing does."""

from dataclasses import replace
from itertools import count
from pathlib import Path
from threading import Event

import numpy as np
import psutil
import pytest

from graders.sandbox import EntryPoint, Limits, Observation, Sandbox, observe

LIMITS = Limits(wall_seconds=60, memory_bytes=2 * 2**30)
IMAGES = [np.ones((7, 1, 28, 28), np.float32), np.zeros((2, 1, 28, 28), np.float32)]
CONSTANT = """
import torch
from torch import nn

class Constant(nn.Module):
    def __init__(self):
        super().__init__()
        self.values = nn.Parameter(torch.arange(10.0))
        self.register_buffer("steps", torch.tensor(3))

    def forward(self, images):
        return images.sum((1, 2, 3))[:, None] + self.values
"""


def run(
    sandbox: Sandbox,
    folder: Path,
    code: str,
    limits: Limits = LIMITS,
    entry: EntryPoint | None = None,
    cancel: Event | None = None,
) -> Observation:
    (folder / "model.py").write_text(code)
    assert sandbox.bubblewrap is not None
    entry = entry or EntryPoint("model.py")
    return observe(sandbox.bubblewrap, folder, entry, IMAGES, 10, limits, cancel)


def test_parameters_buffers_and_answers_come_back(sandbox: Sandbox, tmp_path: Path) -> None:
    seen = run(sandbox, tmp_path, CONSTANT + "print('hello')")
    assert seen.fault is None
    assert seen.arrays is not None
    assert [(one.name, one.kind) for one in seen.arrays] == [
        ("values", "parameter"),
        ("steps", "buffer"),
    ]
    np.testing.assert_array_equal(seen.arrays[0].values, np.arange(10, dtype=np.float32))
    assert seen.answers is not None
    assert seen.answers.shape == (9, 10)
    np.testing.assert_array_equal(seen.answers[:, 0], [784.0] * 7 + [0.0] * 2)
    assert seen.printed == "hello\n"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("x = 1 +", "its code does not import: SyntaxError"),
        ("import sys\nsys.exit(0)", "its code does not import: SystemExit: 0 (model.py line 2)"),
        ("import os\nos._exit(0)", "it stopped before it had answered"),
        ("import os\nos.kill(os.getpid(), 9)", "it stopped before it had answered"),
        ("x = 1", "model.py has no build_model() and no nn.Module class"),
        (
            "build_model = int",
            "build_model() returned int, not an nn.Module".replace("build_model", "int"),
        ),
        (
            CONSTANT + "class Another(Constant): pass",
            "several classes could be the model (Another, Constant)",
        ),
        (CONSTANT.replace("(1, 2, 3)", "(1, 2, 9)"), "its model fails on the test images"),
        (
            CONSTANT.replace("arange(10.0)", "arange(9.0)"),
            "answered with shape (7, 9), not (7, 10)",
        ),
        (CONSTANT.replace("return images", "return None; images"), "returned NoneType"),
        ("import ctypes\nctypes.string_at(0)", "it stopped before it had answered"),
        ("def f(): f()\nf()", "RecursionError"),
        ("raise Exception('a\\nb\\x1b[31m')", "Exception: a (model.py line 1)"),
    ],
)
def test_a_fault_of_the_submission_is_told(
    sandbox: Sandbox, tmp_path: Path, code: str, reason: str
) -> None:
    seen = run(sandbox, tmp_path, code)
    assert seen.answers is None
    assert seen.fault is not None
    assert seen.fault.blame == "submission"
    assert reason in seen.fault.reason
    assert len(seen.fault.reason.splitlines()) == 1


@pytest.mark.parametrize(
    ("code", "limits", "reason"),
    [
        ("while True: pass", {"wall_seconds": 1.5}, "it did not finish within 1.5 s"),
        ("import time\ntime.sleep(99)", {"wall_seconds": 1.5}, "it did not finish within 1.5 s"),
        ("x = bytearray(2**31)", {"memory_bytes": 2**30}, "MemoryError"),
        (
            "import os, time\nfor _ in range(4): os.fork()\ntime.sleep(99)",
            {"processes": 10, "memory_bytes": 2**34},  # forks share pages, each counts them
            "more than 10 processes",
        ),
        ("open('/tmp/x', 'wb').write(bytes(2**21))", {"file_bytes": 2**20}, "File too large"),
        ("open('/tmp/x', 'wb').write(bytes(2**22))", {"temporary_bytes": 2**21}, "No space left"),
        (
            "open('/dev/shm/x', 'wb').write(bytes(2**22))",
            {"temporary_bytes": 2**21},
            "No space left",
        ),
        (
            "files = [open('/dev/null') for _ in range(300)]",
            {"open_files": 200},
            "Too many open files",
        ),
        ("open('/x', 'w')", {}, "Read-only file system"),
        (CONSTANT.replace("arange(10.0)", "zeros(2**19)"), {"answer_bytes": 2**20}, "more data"),
    ],
)
def test_a_limit_holds(
    sandbox: Sandbox, tmp_path: Path, code: str, limits: dict[str, int], reason: str
) -> None:
    seen = run(sandbox, tmp_path, code, replace(LIMITS, **limits))
    assert seen.fault is not None
    assert seen.fault.blame == "submission"
    assert reason in seen.fault.reason + seen.printed


def test_endless_output_is_cut(sandbox: Sandbox, tmp_path: Path) -> None:
    code = CONSTANT + "print('x' * 10**6)"
    seen = run(sandbox, tmp_path, code, replace(LIMITS, output_bytes=1_000))
    assert seen.fault is None
    assert seen.printed == "x" * 1_000


def test_a_named_builder_and_named_weights_are_used(sandbox: Sandbox, tmp_path: Path) -> None:
    import torch

    torch.save(
        {"state_dict": {"values": torch.ones(10), "steps": torch.tensor(1)}}, tmp_path / "w.pth"
    )
    code = CONSTANT + "def make():\n    return Constant()\ndef build_model():\n    raise ValueError"
    seen = run(sandbox, tmp_path, code, entry=EntryPoint("model.py", "make", "w.pth"))
    assert seen.fault is None
    assert seen.arrays is not None
    np.testing.assert_array_equal(seen.arrays[0].values, np.ones(10, np.float32))


def test_weights_for_another_network_are_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    import torch

    torch.save({"other": torch.ones(10)}, tmp_path / "w.pt")
    seen = run(sandbox, tmp_path, CONSTANT, entry=EntryPoint("model.py", None, "w.pt"))
    assert seen.fault is not None
    assert seen.fault.reason.startswith("its weights do not load: RuntimeError")


def test_cancelling_ends_the_child_and_blames_nobody(sandbox: Sandbox, tmp_path: Path) -> None:
    cancel = Event()
    cancel.set()
    seen = run(sandbox, tmp_path, "while True: pass", cancel=cancel)
    assert seen.fault is not None
    assert seen.fault.blame == "machine"


def test_a_sandbox_that_cannot_start_is_the_machines_fault(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    assert sandbox.bubblewrap is not None
    broken = replace(sandbox, bubblewrap=replace(sandbox.bubblewrap, mounts=()))
    seen = run(broken, tmp_path, CONSTANT)
    assert seen.fault is not None
    assert seen.fault.blame == "machine"
    assert "the sandbox did not start" in seen.fault.reason


def test_nothing_survives(sandbox: Sandbox, tmp_path: Path) -> None:
    before = {process.pid for process in psutil.process_iter()}
    code = (
        "import os, time\n"
        "for _ in range(3):\n"
        "    if os.fork() == 0:\n"
        "        os.setsid()\n"
        "        os.fork()\n"
        "        time.sleep(600)\n"
        "time.sleep(600)\n"
    )
    run(sandbox, tmp_path, code, replace(LIMITS, wall_seconds=2))
    left = [
        process
        for process in psutil.process_iter(["cmdline"])
        if process.pid not in before
        and any("gradebench_inside" in word for word in process.info["cmdline"] or [])
    ]
    assert left == []


def test_a_child_never_sees_where_the_host_keeps_things(sandbox: Sandbox, tmp_path: Path) -> None:
    code = "print(open('/proc/1/cmdline').read().split(chr(0)))\n" + CONSTANT
    seen = run(sandbox, tmp_path, code, LIMITS)
    assert "--args" in seen.printed
    assert str(tmp_path) not in seen.printed


def test_a_starved_submission_is_the_machines_fault(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited = count(step=99.0)
    monkeypatch.setattr("graders.sandbox.processes._waited_seconds", lambda _: next(waited))
    limits = replace(LIMITS, wall_seconds=1.5)
    slept = run(sandbox, tmp_path, "import time\ntime.sleep(99)", limits)
    assert slept.fault is not None
    assert slept.fault.blame == "machine"
    assert "this machine was too busy" in slept.fault.reason
    spun = run(sandbox, tmp_path, "while True: pass", limits)
    assert spun.fault is not None
    assert spun.fault.blame == "submission"
