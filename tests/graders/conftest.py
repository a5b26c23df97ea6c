"""What the tests of the top floor share: a sandbox, an exam, and small submissions."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from graders.exam import Exam
from graders.grade import Check, Conditions, Grade
from graders.rubric import bundled_rubric, load_rubric
from graders.sandbox import LEVELS, Limits, Sandbox
from reference_models import find_model
from reference_models.data import load_dataset

MODEL = "dat565/dense-64-64"

LINEAR = """
from torch import nn

class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(784, 10)

    def forward(self, images):
        return self.layer(images.flatten(1))
"""

CONDITIONS = Conditions(
    assignment="dat565/lenet",
    rubric="r" * 64,
    source="embedded",
    dataset="digits",
    data_key="key",
    test_samples=500,
    sandbox="bubblewrap 0.8.0",
    gradebench="0.1.0",
    torch="2.15",
    device="cpu",
    limits={"wall_seconds": 60.0},
)
CHECK = Check(
    id="accuracy",
    name="Accuracy",
    met=False,
    points=30,
    most=60,
    expected="90 %",
    measured="75 %",
    interval=(0.7, 0.8),
    advice="Train longer.",
)

Write = Callable[[str], Path]
MakeGrade = Callable[..., Grade]


@pytest.fixture(scope="session")
def sandbox(bubblewrap: Sandbox) -> Sandbox:
    """The sandbox that most tests are content with."""
    return bubblewrap


@pytest.fixture(params=LEVELS)
def each_sandbox(request: pytest.FixtureRequest) -> Sandbox:
    """Each level in turn."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Sandbox)
    return found


@pytest.fixture(scope="session")
def running() -> Callable[..., set[int]]:
    """`running(*marks)`: the processes whose command line has a mark, but for our neighbours'.

    A neighbour is what our own parent has started besides us: another worker of xdist.
    """

    def _running(*marks: str) -> set[int]:
        marked = {
            one
            for one in psutil.process_iter(["cmdline"])
            if any(mark in word for word in one.info["cmdline"] or [] for mark in marks)
        }
        myself = psutil.Process()
        parent = myself.parent()
        neighbours = [one for one in parent.children() if one != myself] if parent else []
        theirs = {each for one in neighbours for each in one.children(recursive=True)}
        return {one.pid for one in marked - theirs if one.is_running()}

    return _running


@pytest.fixture
def folder(sandbox: Sandbox) -> Path:
    """An empty folder for a submission, where the sandbox can show it."""
    return Path(tempfile.mkdtemp(dir=sandbox.spool))


@pytest.fixture(scope="session")
def exam(sandbox: Sandbox) -> Exam:
    """Grading of the 784-64-64-10 network on the embedded data."""
    card = find_model(MODEL)
    rubric = load_rubric(bundled_rubric(MODEL))
    limits = Limits(wall_seconds=60, memory_bytes=2 * 2**30)
    return Exam(card, rubric, load_dataset(card.dataset), sandbox, limits)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a student's code to a `.py` file and return its path."""

    def _write(code: str) -> Path:
        path = tmp_path / "work.py"
        path.write_text(code)
        return path

    return _write


@pytest.fixture
def make_grade() -> MakeGrade:
    """Make up a grade: `make_grade("ada", score=3.0)`."""

    def _make(name: str = "ada", **changes: Any) -> Grade:
        grade = Grade(
            name=name,
            student=name,
            verdict="partial",
            score=30.0,
            most=60.0,
            reason="points lost on accuracy",
            checks=(CHECK,),
            conditions=CONDITIONS,
            digest="d" * 64,
        )
        return grade.model_copy(update=changes)

    return _make
