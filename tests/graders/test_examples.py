"""Every example is graded once; its verdict is the promised one, and no harm came of it."""

import socket
import tempfile
import threading
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from graders.classroom import grade_all
from graders.exam import Exam
from graders.grade import Grade
from graders.rubric import bundled_rubric, load_rubric
from graders.sandbox import Limits, Sandbox
from graders.store import open_store
from reference_models import find_model
from reference_models.data import load_dataset

EXAMPLES = Path(__file__).parents[2] / "examples" / "submissions"
VERDICTS: list[dict[str, Any]] = tomllib.loads((EXAMPLES / "verdicts.toml").read_text())[
    "submission"
]
MODEL = "dat565/dense-64-64"
_MARKS = ("gradebench_inside", "daemon-of-the-examples")
"""The processes of sandboxes, and the one that an example tries to leave behind."""
PORT = 47_747
"""Where hostile/opens-a-socket.py tries to connect to."""


@dataclass(frozen=True)
class Aftermath:
    """The grades by example, and what the world looked like from outside meanwhile."""

    grades: dict[str, Grade]
    callers: list[str]
    processes: list[int]
    leftovers: set[str]
    canary: Path


@pytest.fixture(scope="module")
def listener() -> Iterator[list[str]]:
    """Accept connections on the port that the hostile example calls, and note who calls."""
    callers: list[str] = []

    def accept(server: socket.socket) -> None:
        while True:
            try:
                connection, address = server.accept()
            except OSError:
                return
            callers.append(str(address))
            connection.close()

    with socket.create_server(("127.0.0.1", PORT)) as server:
        thread = threading.Thread(target=accept, args=(server,))
        thread.start()
        yield callers
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.fixture(scope="module")
def aftermath(
    sandbox: Sandbox,
    listener: list[str],
    running: Callable[..., set[int]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Aftermath:
    folder = tmp_path_factory.mktemp("grades")
    canary = folder / "canary-of-the-tests"
    canary.write_text("sing")
    card = find_model(MODEL)
    rubric = load_rubric(bundled_rubric(MODEL))
    limits = Limits(wall_seconds=10, memory_bytes=2 * 2**30)
    exam = Exam(card, rubric, load_dataset(card.dataset), sandbox, limits)
    before, sandboxes = temporary_folders(), running(*_MARKS)
    sources = [EXAMPLES / one["path"] for one in VERDICTS]
    with open_store(folder, card.id) as store:
        grades = [graded.grade for graded in grade_all(exam, sources, store, jobs=2)]
    sandbox.rest()
    return Aftermath(
        {grade.name: grade for grade in grades},
        listener,
        sorted(running(*_MARKS) - sandboxes),
        temporary_folders() - before,
        canary,
    )


def temporary_folders() -> set[str]:
    return {path.name for path in Path(tempfile.gettempdir()).glob("gradebench-*")}


def test_every_example_has_a_promised_verdict() -> None:
    promised = {one["path"] for one in VERDICTS}
    present = {
        path.relative_to(EXAMPLES).as_posix()
        for path in (*EXAMPLES.iterdir(), *(EXAMPLES / "hostile").iterdir())
        if path.name not in {"hostile", "verdicts.toml", "__pycache__"}
    }
    assert promised == present


@pytest.mark.parametrize("promised", VERDICTS, ids=lambda one: one["path"])
def test_an_example_gets_its_verdict(aftermath: Aftermath, promised: dict[str, Any]) -> None:
    grade = aftermath.grades[Path(promised["path"]).stem]
    assert grade.verdict == promised["verdict"], (grade.reason, grade.printed)
    assert promised.get("reason", "") in grade.reason
    assert grade.score == promised.get("score", grade.score)
    assert grade.conditions.sandbox.startswith("bubblewrap")


def test_the_weak_one_gets_some_of_the_points_for_accuracy(aftermath: Aftermath) -> None:
    accuracy = {check.id: check for check in aftermath.grades["weak"].checks}["accuracy"]
    assert 0 < accuracy.points < accuracy.most
    assert accuracy.advice


def test_nobody_called(aftermath: Aftermath) -> None:
    assert aftermath.callers == []
    assert "REACHED" not in aftermath.grades["opens-a-socket"].printed
    assert "127.0.0.1: " in aftermath.grades["opens-a-socket"].printed


def test_nothing_secret_was_found(aftermath: Aftermath) -> None:
    printed = aftermath.grades["reads-the-answers"].printed
    assert printed.count("\n") >= 10
    assert "FOUND" not in printed
    assert aftermath.canary.read_text() == "sing"


def test_a_printed_result_is_only_text(aftermath: Aftermath) -> None:
    grade = aftermath.grades["prints-a-fake-result"]
    assert '"score": 100' in grade.printed
    assert "\x1b" not in grade.printed
    assert not any(
        (folder / "results.json").exists() for folder in (Path("/tmp"), Path("/root"), EXAMPLES)
    )


def test_hidden_parameters_earn_nothing_for_their_accuracy(aftermath: Aftermath) -> None:
    checks = {check.id: check for check in aftermath.grades["hides-parameters"].checks}
    assert checks["parameters"].met
    assert not checks["answers"].met
    assert checks["accuracy"].points == 0


def test_a_poisoned_checkpoint_ran_nothing(aftermath: Aftermath) -> None:
    assert not Path("/tmp/poisoned").exists()
    assert "poisoned" not in aftermath.grades["poisoned-weights"].printed


def test_no_process_and_no_folder_is_left(aftermath: Aftermath) -> None:
    assert len(aftermath.processes) <= 1  # which is to be the next submission's
    assert aftermath.leftovers == set()
