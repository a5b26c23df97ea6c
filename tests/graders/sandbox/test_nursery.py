"""The nursery, which brings up a child for each submission: what children share, and what not."""

import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil

from graders.sandbox import EntryPoint, Sandbox, open_sandbox

from .hand_in import CONSTANT, LIMITS, run


def test_what_lies_beside_the_inside_has_no_name_there(each_sandbox: Sandbox) -> None:
    seen = run(each_sandbox, "import wire")
    assert seen.fault is not None
    assert "No module named 'wire'" in seen.fault.reason


def test_a_child_never_sees_where_the_host_keeps_things(
    each_sandbox: Sandbox, tmp_path: Path
) -> None:
    code = (
        "import os\n"
        "for path in ('/proc/1/cmdline', '/proc/self/mountinfo', '/proc/self/environ'):\n"
        "    try: print(open(path).read())\n"
        "    except OSError: print('nothing')\n"
    )
    seen = run(each_sandbox, code + CONSTANT, LIMITS)
    assert seen.printed == "nothing\n" * 3
    assert str(tmp_path) not in seen.printed


def test_what_one_child_leaves_the_next_does_not_find(each_sandbox: Sandbox) -> None:
    leave = (
        "import builtins, os, sys, tempfile, torch\n"
        "open(os.path.join(tempfile.gettempdir(), 'note'), 'w').write('hello')\n"
        "builtins.note = sys.note = torch.note = 1\n"
    )
    find = (
        "import builtins, os, sys, tempfile, torch\n"
        "print(os.listdir(tempfile.gettempdir()))\n"
        "print([hasattr(each, 'note') for each in (builtins, sys, torch)])\n"
    )
    assert run(each_sandbox, leave + CONSTANT).fault is None
    assert run(each_sandbox, find + CONSTANT).printed == "[]\n[False, False, False]\n"


def test_a_nursery_that_died_is_replaced(bubblewrap: Sandbox) -> None:
    with open_sandbox() as own:
        assert run(own, CONSTANT).fault is None
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):  # one that has just ended has no command line
                if any("gradebench_inside" in word for word in process.cmdline()):
                    process.kill()
        killed = run(own, CONSTANT)
        assert killed.fault is None or killed.fault.blame == "machine"
        assert run(own, CONSTANT).fault is None
    assert bubblewrap.holds


def test_a_child_that_died_while_it_waited_costs_nobody_anything(bubblewrap: Sandbox) -> None:
    with open_sandbox() as own:
        assert run(own, CONSTANT).fault is None
        assert own._nursery is not None
        nursery = own._nursery._program
        psutil.Process(_who_waits(own)).kill()
        assert run(own, CONSTANT).fault is None
        assert own._nursery._program is nursery
    assert bubblewrap.holds


def _who_waits(sandbox: Sandbox) -> int:
    """The process that is to be the next child, once there is one."""
    assert sandbox._nursery is not None
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        announced = sandbox._nursery.foresee()
        ready = sandbox._foresight._ready if sandbox._foresight else {}
        for pid in filter(None, (announced, *ready)):
            return pid
    raise AssertionError("nobody waits")


def test_what_was_imported_for_another_takes_no_memory(bubblewrap: Sandbox) -> None:
    tell = "import resource\nprint(resource.getrlimit(resource.RLIMIT_DATA)[0])\n"
    with open_sandbox(level="bubblewrap") as own:
        before = int(run(own, tell).printed.split()[0])
        run(own, "", entry=EntryPoint("model.py", "train", kind="training"))
        after = int(run(own, tell).printed.split()[0])
    assert 0 <= before - LIMITS.memory_bytes < 2**22  # the nursery's own few pages
    assert after > before + 2**24
    assert bubblewrap.holds


def test_what_is_drawn_without_a_seed_is_drawn_again(sandbox: Sandbox) -> None:
    drawn = "torch.rand(10) + np.random.rand() + random.random()"
    code = "import random\nimport numpy as np\n" + CONSTANT.replace("torch.arange(10.0)", drawn)
    first, second = (run(sandbox, code).arrays for _ in range(2))
    assert first is not None
    assert second is not None
    np.testing.assert_array_equal(first[0].values, second[0].values)
