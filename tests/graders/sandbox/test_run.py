"""One submission in the real sandbox: what comes back, and what is said when nothing does."""

import re
import tempfile
import textwrap
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from threading import Event

import numpy as np
import pytest
import torch

from graders.sandbox import (
    CallsObservation,
    EntryPoint,
    Limits,
    Sandbox,
    observe,
    observe_calls,
)
from graders.sandbox.conversation import Conversation

from .hand_in import CONSTANT, IMAGES, LIMITS, run


def call(sandbox: Sandbox, code: str, limits: Limits = LIMITS) -> CallsObservation:
    calls = [
        (np.array([[1.0, 2.0]]), np.array([3], np.int64)),
        (np.array([[200]], np.uint8), np.array([1], np.int64)),
        (np.zeros((0, 2)), np.array([1], np.int64)),
    ]
    entry = EntryPoint("solution.py", "f", kind="function")
    with tempfile.TemporaryDirectory(dir=sandbox.spool) as folder:
        (Path(folder) / "solution.py").write_text(code)
        return observe_calls(sandbox, Path(folder), entry, calls, limits)


def test_a_function_is_called_with_arrays_of_its_own(sandbox: Sandbox) -> None:
    told = "a.dtype, np.shares_memory(a, b)"
    code = f"import numpy as np\ndef f(a, b):\n    a += 1\n    print({told})\n    return a * b"
    seen = call(sandbox, code)
    assert seen.fault is None
    assert [np.asarray(one).tolist() for one in seen.answers] == [[[6.0, 9.0]], [[201]], []]
    assert seen.printed == "float64 False\nuint8 False\nfloat64 False\n"


@pytest.mark.parametrize("view", ["a.T", "a[::-1]", "a[:, :1]", "np.broadcast_to(a, (3, 1, 2))"])
def test_a_function_may_return_a_view(sandbox: Sandbox, view: str) -> None:
    seen = call(sandbox, f"import numpy as np\ndef f(a, b):\n    return {view}")
    assert seen.fault is None
    a = np.array([[1.0, 2.0]])
    assert np.asarray(seen.answers[0]).tolist() == eval(view, {"a": a, "np": np}).tolist()  # noqa: S307


@pytest.mark.parametrize(
    ("code", "answers"),
    [
        ("return [[1, 2], [3]]", "ValueError"),
        ("return None", "it returned None, not numbers"),
        ("return 'seven'", "it returned a str, not numbers"),
        ("return [1j]", "it returned a list, not numbers"),
        ("raise OverflowError('255 is too much')", "OverflowError: 255 is too much"),
        ("import torch; return torch.ones(2, requires_grad=True)", [1.0, 1.0]),
        ("import numpy as np; return np.uint16(7)", 7),
        ("import numpy as np; return np.array([1.5], '>f8')", [1.5]),
        ("return True", True),
        ("return 0.5", 0.5),
    ],
)
def test_a_call_ends_in_numbers_or_words(sandbox: Sandbox, code: str, answers: object) -> None:
    seen = call(sandbox, f"def f(a, b):\n    {code}")
    assert seen.fault is None
    assert len(seen.answers) == 3
    one = seen.answers[0]
    assert answers in one if isinstance(one, str) else one.tolist() == answers  # type: ignore[operator]


@pytest.mark.parametrize(
    ("code", "reason", "answers"),
    [
        ("f = 3", "its function is not there: solution.py has no function f()", 0),
        ("def g(): pass", "solution.py has no function f()", 0),
        ("1 +", "its code does not import: SyntaxError", 0),
        ("def f(a, b):\n    if a.dtype == 'uint8': raise SystemExit\n    return 1", "gave up", 1),
        ("import os\ndef f(a, b): os._exit(0)", "stopped before it had answered", 0),
    ],
)
def test_what_ends_a_function_is_told(
    sandbox: Sandbox, code: str, reason: str, answers: int
) -> None:
    seen = call(sandbox, code)
    assert seen.fault is not None
    assert seen.fault.blame == "submission"
    assert reason in seen.fault.reason
    assert len(seen.answers) == answers


def test_an_endless_call_keeps_the_answers_before_it(sandbox: Sandbox) -> None:
    code = "import numpy as np\ndef f(a, b):\n    while a.dtype == 'uint8': pass\n    return 1"
    seen = call(sandbox, code, replace(LIMITS, wall_seconds=2))
    assert seen.fault is not None
    assert len(seen.answers) == 1


def test_parameters_buffers_and_answers_come_back(sandbox: Sandbox) -> None:
    seen = run(sandbox, CONSTANT + "print('hello')")
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
        (
            "x = 1",
            "model.py has no build_model() and no nn.Module class without arguments",
        ),
        (
            CONSTANT + "    def __init__(self, width, depth=1): super().__init__()",
            "without arguments (Constant needs width): add build_model()",
        ),
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
def test_a_fault_of_the_submission_is_told(sandbox: Sandbox, code: str, reason: str) -> None:
    seen = run(sandbox, code)
    assert seen.answers is None
    assert seen.fault is not None
    assert seen.fault.blame == "submission"
    assert reason in seen.fault.reason
    assert len(seen.fault.reason.splitlines()) == 1


@pytest.mark.parametrize(
    ("code", "limits", "reason"),
    [
        ("import time\ntime.sleep(99)", {"wall_seconds": 1.5}, "it did not finish within 1.5 s"),
        ("x = bytearray(2**31)", {"memory_bytes": 2**30}, "MemoryError"),
        (
            "import os, time\nfor _ in range(4): os.fork()\ntime.sleep(99)",
            {"processes": 10},
            "more than 10 processes|Resource temporarily unavailable",  # the watch, or the kernel
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
def test_a_limit_holds(sandbox: Sandbox, code: str, limits: dict[str, int], reason: str) -> None:
    seen = run(sandbox, code, replace(LIMITS, **limits))
    assert seen.fault is not None
    assert seen.fault.blame == "submission"
    assert re.search(reason, seen.fault.reason + seen.printed)


def test_what_forks_share_counts_once(each_sandbox: Sandbox) -> None:
    code = (
        "import os, time\n"
        "if all(os.fork() for _ in range(6)):\n"
        "    time.sleep(1)\n" + textwrap.indent(CONSTANT, "    ") + "else:\n    time.sleep(99)\n"
    )
    assert run(each_sandbox, code, replace(LIMITS, memory_bytes=2**30)).fault is None


def test_endless_output_is_cut(sandbox: Sandbox) -> None:
    code = CONSTANT + "print('x' * 10**6)"
    seen = run(sandbox, code, replace(LIMITS, output_bytes=1_000))
    assert seen.fault is None
    assert seen.printed == "x" * 1_000


def test_a_named_builder_and_named_weights_are_used(sandbox: Sandbox) -> None:
    weights = {"state_dict": {"values": torch.ones(10), "steps": torch.tensor(1)}}
    code = CONSTANT + "def make():\n    return Constant()\ndef build_model():\n    raise ValueError"
    seen = run(sandbox, code, entry=EntryPoint("model.py", "make", "w.pt"), weights=weights)
    assert seen.fault is None
    assert seen.arrays is not None
    np.testing.assert_array_equal(seen.arrays[0].values, np.ones(10, np.float32))


def test_weights_for_another_network_are_refused(sandbox: Sandbox) -> None:
    entry = EntryPoint("model.py", None, "w.pt")
    seen = run(sandbox, CONSTANT, entry=entry, weights={"other": torch.ones(10)})
    assert seen.fault is not None
    assert seen.fault.reason.startswith("its weights do not load: RuntimeError")


def test_cancelling_ends_the_child_and_blames_nobody(sandbox: Sandbox) -> None:
    cancel = Event()
    cancel.set()
    seen = run(sandbox, "while True: pass", cancel=cancel)
    assert seen.fault is not None
    assert seen.fault.blame == "machine"


def test_without_a_sandbox_the_machine_is_to_blame(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(CONSTANT)
    with Sandbox(reason="no luck") as none:
        seen = observe(none, tmp_path, EntryPoint("model.py"), IMAGES, (10,), LIMITS)
    assert seen.fault is not None
    assert seen.fault.blame == "machine"
    assert seen.fault.reason == "no luck"


def test_nothing_survives(sandbox: Sandbox, running: Callable[..., set[int]]) -> None:
    before = running("gradebench_inside")
    code = (
        "import os, time\n"
        "for _ in range(3):\n"
        "    if os.fork() == 0:\n"
        "        os.setsid()\n"
        "        os.fork()\n"
        "        time.sleep(600)\n"
        "time.sleep(600)\n"
    )
    run(sandbox, code, replace(LIMITS, wall_seconds=2))
    sandbox.rest()
    # One may be left, which is to be the next submission's.
    assert len(running("gradebench_inside") - before) <= 1


def test_keras_finds_its_settings_nowhere_but_in_the_childs_own_folder(landlock: Sandbox) -> None:
    seen = run(
        landlock, "import os\nprint(os.environ['KERAS_HOME'] == os.environ['HOME'] != '/tmp')"
    )
    assert seen.printed == "True\n"


def test_who_goes_too_far_before_it_was_listened_to_is_to_blame(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(self: Conversation) -> None:
        time.sleep(0.5)
        self._check()

    monkeypatch.setattr(Conversation, "_turn", late)
    code = "import threading, time\nfor _ in range(20):\n    threading.Timer(99, print).start()\n"
    seen = run(sandbox, f"{code}time.sleep(99)", replace(LIMITS, processes=8))
    assert seen.fault is not None
    assert seen.fault.blame == "submission", seen.fault.reason


def test_waiting_for_a_processor_takes_none_of_the_time(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, limits = "import time\ntime.sleep(1.2)\n" + CONSTANT, replace(LIMITS, wall_seconds=1)
    start = time.monotonic()
    waited = "graders.sandbox.processes.Tree.waited_seconds"
    monkeypatch.setattr(waited, lambda _: time.monotonic() - start)
    assert run(sandbox, late, limits).fault is None
    monkeypatch.setattr(waited, lambda _: 0.0)
    seen = run(sandbox, late, limits)
    assert seen.fault is not None
    assert "it did not finish within 1 s" in seen.fault.reason


def test_a_starved_submission_is_the_machines_fault(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited = count(step=99.0)
    monkeypatch.setattr("graders.sandbox.processes._waited_seconds", lambda _: next(waited))
    limits = replace(LIMITS, wall_seconds=0.5)
    slept = run(sandbox, "import time\ntime.sleep(99)", limits)
    assert slept.fault is not None
    assert slept.fault.blame == "machine"
    assert "this machine was too busy" in slept.fault.reason
    monkeypatch.setattr("graders.sandbox.processes.Tree.cpu_seconds", lambda _: 0.6)
    spun = run(sandbox, "while True: pass", limits)
    assert spun.fault is not None
    assert spun.fault.blame == "submission"
