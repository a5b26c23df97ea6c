"""All attacks of a level run once, through the whole of grading; the tests look at what came."""

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from graders.classroom import grade_all
from graders.exam import Exam
from graders.export import write_reports, write_results
from graders.grade import Grade
from graders.rubric import bundled_rubric, load_rubric
from graders.sandbox import LEVELS, Limits, Sandbox
from graders.store import open_store
from reference_models import find_model
from reference_models.data import load_dataset

from .attack import Attack
from .table import ATTACKS
from .world import World, nursery_process, world

MODEL = "dat565/dense-64-64"
MEBIBYTE = 2**20
_PATIENT = Limits(
    wall_seconds=60,
    memory_bytes=1024 * MEBIBYTE,
    file_bytes=8 * MEBIBYTE,
    temporary_bytes=16 * MEBIBYTE,
    answer_bytes=8 * MEBIBYTE,
    processes=32,
)
_HASTY = Limits(**{**_PATIENT.as_dict(), "wall_seconds": 1})
_ATTEMPTS = 3
"""How often an attack is tried whose time a busy machine took."""


@dataclass
class Machine:
    """What a run could leave behind, as it is now."""

    descriptors: int
    mounts: str
    children: set[int]
    threads: int
    spool: set[str]

    @classmethod
    def now(cls, sandbox: Sandbox) -> "Machine":
        """Look, once nothing is being made for the next submission."""
        sandbox.rest()
        return cls(
            len(list(Path("/proc/self/fd").iterdir())),
            Path("/proc/self/mounts").read_text(),
            {one.pid for one in nursery_process(sandbox).children(recursive=True)},
            threading.active_count(),
            {path.name for path in sandbox.spool.iterdir()},
        )


@dataclass
class Aftermath:
    """What came of all attacks of a level."""

    level: str
    world: World
    before: Machine
    after: Machine
    grades: dict[str, Grade] = field(default_factory=dict)


@pytest.fixture(scope="module", params=LEVELS)
def aftermath(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Aftermath]:
    """Every attack of the level graded, reports written, and the world as it is then."""
    sandbox = request.getfixturevalue(request.param)
    base = tmp_path_factory.mktemp("attacks")
    with world(sandbox, base) as outside:
        before = Machine.now(sandbox)
        grades = _grade(outside, base, request.param)
        after = Machine.now(sandbox)
        yield Aftermath(request.param, outside, before, after, grades)


def _grade(outside: World, base: Path, level: str) -> dict[str, Grade]:
    chosen = [attack for attack in ATTACKS if level in attack.levels]
    twice = [name for name, count in Counter(one.name for one in chosen).items() if count > 1]
    assert not twice
    grades: dict[str, Grade] = {}
    for hangs in (False, True):
        group = [attack for attack in chosen if attack.hangs == hangs]
        sources = {attack.name: _made(attack, base, outside) for attack in group}
        for _ in range(_ATTEMPTS):
            grades |= _graded(outside, sources, _HASTY if hangs else _PATIENT)
            sources = {name: sources[name] for name in sources if _starved(grades[name])}
    return grades


def _made(attack: Attack, base: Path, outside: World) -> Path:
    folder = base / "made" / attack.name
    folder.mkdir(parents=True)
    return attack.make(folder, outside)


def _starved(grade: Grade) -> bool:
    return grade.verdict == "ungraded" and "too busy" in grade.reason


def _graded(outside: World, sources: dict[str, Path], limits: Limits) -> dict[str, Grade]:
    """Grade `sources` as a class is graded, and write all reports."""
    card = find_model(MODEL)
    rubric = load_rubric(bundled_rubric(MODEL))
    exam = Exam(card, rubric, load_dataset(card.dataset), outside.sandbox, limits)
    grades = {}
    with open_store(outside.out, card.id) as store:
        names = {store.name_of(path): name for name, path in sources.items()}
        for graded in grade_all(exam, list(sources.values()), store, jobs=2):
            write_results(outside.out, graded.grade)
            grades[names[graded.grade.name]] = graded.grade
        write_reports(outside.out, store.grades(exam.conditions))
    return grades
