"""Many submissions: resume, regrade, and what stops whom."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from graders.classroom import grade_all
from graders.exam import Exam
from graders.lateness import Lateness
from graders.rubric import Late, bundled_rubric, load_rubric
from graders.sandbox import Limits, Sandbox
from graders.store import open_store
from reference_models import find_model
from reference_models.data import load_dataset

MODEL = "dat565/dense-64-64"


@pytest.fixture
def no_sandbox() -> Exam:
    """An exam on a machine without bubblewrap."""
    card = find_model(MODEL)
    rubric = load_rubric(bundled_rubric(MODEL))
    sandbox = Sandbox(reason="bubblewrap is not installed: install it")
    return Exam(card, rubric, load_dataset(card.dataset), sandbox, Limits())


def test_without_a_sandbox_nothing_runs_and_nothing_is_zero(
    no_sandbox: Exam, tmp_path: Path, write: Callable[[str], Path]
) -> None:
    mark = tmp_path / "mark"
    source = write(f"open({str(mark)!r}, 'w').close()")
    with open_store(tmp_path, MODEL) as store:
        (graded,) = grade_all(no_sandbox, [source], store)
    assert graded.grade.verdict == "ungraded"
    assert graded.grade.score is None
    assert "install" in graded.grade.reason
    assert not mark.exists()


def test_an_ungraded_submission_is_tried_again(
    no_sandbox: Exam, tmp_path: Path, write: Callable[[str], Path]
) -> None:
    source = write("x = 1")
    with open_store(tmp_path, MODEL) as store:
        for _ in range(2):
            (graded,) = grade_all(no_sandbox, [source], store)
            assert not graded.reused


def test_what_cannot_be_opened_fails_and_stops_nobody(no_sandbox: Exam, tmp_path: Path) -> None:
    (tmp_path / "broken.zip").write_text("no zip")
    (tmp_path / "fine.py").write_text("x = 1")
    sources = [tmp_path / "broken.zip", tmp_path / "fine.py"]
    with open_store(tmp_path, MODEL) as store:
        grades = {one.grade.name: one.grade for one in grade_all(no_sandbox, sources, store)}
    assert grades["broken"].verdict == "failed"
    assert "not a readable zip" in grades["broken"].reason
    assert grades["fine"].verdict == "ungraded"


def test_a_graded_submission_is_graded_again_only_for_a_reason(
    exam: Exam, tmp_path: Path, write: Callable[[str], Path]
) -> None:
    source = write("x = 1")
    longer = replace(exam, limits=replace(exam.limits, wall_seconds=61))
    with open_store(tmp_path, MODEL) as store:

        def reused(exam: Exam, *, regrade: bool = False) -> bool:
            (graded,) = grade_all(exam, [source], store, regrade=regrade)
            return graded.reused

        assert not reused(exam)
        assert reused(exam)
        assert not reused(exam, regrade=True)
        assert not reused(longer)
        write("x = 2")
        assert not reused(longer)


def test_leaving_early_keeps_what_is_done(exam: Exam, tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / f"{name}.py").write_text("x = 1")
    sources = [tmp_path / f"{name}.py" for name in "abc"]
    with open_store(tmp_path, MODEL) as store:
        grades = grade_all(exam, sources, store)
        first = next(grades).grade
        grades.close()
        kept = store.grades(exam.conditions)
    assert first in kept
    assert len(kept) < 3


def test_a_grader_that_breaks_blames_no_student(
    no_sandbox: Exam, tmp_path: Path, write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(Exam, "grade", broken)
    with open_store(tmp_path, MODEL) as store:
        (graded,) = grade_all(no_sandbox, [write("x = 1")], store)
    assert graded.grade.verdict == "ungraded"
    assert graded.grade.score is None
    assert graded.grade.reason == "the grader itself broke: ZeroDivisionError: a bug"


def test_lateness_is_part_of_what_a_grade_depends_on(
    exam: Exam, tmp_path: Path, write: Callable[[str], Path]
) -> None:
    source = write("x = 1")
    due = datetime(2026, 11, 20, tzinfo=UTC)
    terms = Late(points_per_day=1)

    def hours(late: int) -> bool:
        lateness = Lateness(due, {"work": due + timedelta(hours=late)}, terms)
        with open_store(tmp_path, MODEL) as store:
            (graded,) = grade_all(exam, [source], store, lateness=lateness)
        return graded.reused

    assert [hours(0), hours(0), hours(30), hours(30)] == [False, True, False, True]
