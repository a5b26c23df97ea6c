"""A class of two hundred, most of them misbehaved: afterwards the machine is as it was."""

import tempfile
import threading
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from graders.classroom import grade_all
from graders.exam import Exam
from graders.rubric import bundled_rubric, load_rubric
from graders.sandbox import Limits, Sandbox
from graders.store import open_store
from reference_models import find_model
from reference_models.data import load_dataset

MODEL = "dat565/dense-64-64"
CLASS_SIZE = 200
HONEST = """
from torch import nn
def build_model():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
"""
KINDS = (
    HONEST,
    "import sys\nsys.exit(3)",
    "import os\nos.abort()",
    "raise ValueError('\\x1b[31m<b>no</b>')",
    "import os, time\nif os.fork() == 0:\n    os.setsid() or time.sleep(600)\n" + HONEST,
    "import tempfile\nopen(tempfile.mktemp(), 'wb').write(bytes(10**6))\n" + HONEST,
    "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\n" + HONEST,
    "import os\n[os.open('/dev/null', 0) for _ in range(10**4)]",
    "x = 1 +",
    HONEST.replace("(64, 10)", "(64, 11)"),
)


@dataclass(frozen=True)
class World:
    """What a run could leave behind."""

    descriptors: int
    threads: int
    processes: frozenset[int]
    mounts: str
    folders: frozenset[str]

    @classmethod
    def now(cls, spool: Path) -> "World":
        children = psutil.Process().children(recursive=True)
        folders = [*Path(tempfile.gettempdir()).glob("gradebench-*"), *spool.iterdir()]
        return cls(
            sum(1 for _ in Path("/proc/self/fd").iterdir()),
            threading.active_count(),
            frozenset(each.pid for each in children if _lives(each)),
            Path("/proc/self/mounts").read_text(),
            frozenset(map(str, folders)),
        )


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_a_class_of_two_hundred_leaves_nothing_behind(
    each_sandbox: Sandbox, tmp_path: Path
) -> None:
    sources = []
    for number in range(CLASS_SIZE):
        sources.append(tmp_path / f"student{number}.py")
        sources[-1].write_text(KINDS[number % len(KINDS)])
    card = find_model(MODEL)
    rubric = load_rubric(bundled_rubric(MODEL))
    exam = Exam(card, rubric, load_dataset(card.dataset), each_sandbox, Limits(wall_seconds=30))
    (tmp_path / "out").mkdir()
    with open_store(tmp_path / "out", card.id) as store:
        each_sandbox.rest()
        before = World.now(each_sandbox.spool)
        verdicts = {
            graded.grade.name: graded.grade.verdict
            for graded in grade_all(exam, sources, store, jobs=2)
        }
        each_sandbox.rest()
        after = World.now(each_sandbox.spool)
        assert len(after.processes - before.processes) <= 1  # which is to be the next submission's
        assert replace(after, processes=before.processes) == before
    assert len(verdicts) == CLASS_SIZE
    assert set(verdicts.values()) <= {"failed", "partial"}
    assert {verdicts[f"student{n}"] for n in range(0, CLASS_SIZE, len(KINDS))} == {"failed"}
