import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from graders.errors import StoreError
from graders.grade import Grade
from graders.store import FILE_NAME, open_store, read_grades

MakeGrade = Callable[..., Grade]


def test_a_grade_is_found_by_its_name_and_key(tmp_path: Path, make_grade: MakeGrade) -> None:
    grade = make_grade("ada")
    with open_store(tmp_path, "dat565/lenet") as store:
        store.keep(make_grade("ada", score=1.0), "old")
        store.keep(grade, "new")
    with open_store(tmp_path, "dat565/lenet") as store:
        assert store.grades_by_key()["ada", "new"] == grade


def test_the_latest_of_a_name_stands(tmp_path: Path, make_grade: MakeGrade) -> None:
    first, second = make_grade("ada", score=1.0), make_grade("ada", score=2.0)
    with open_store(tmp_path, "dat565/lenet") as store:
        for grade, key in ((first, "1"), (second, "2")):
            store.keep(grade, key)
            assert store.grades(first.conditions) == [grade]
        store.keep(first, "1")  # she went back to what she had sent before
        assert store.grades(first.conditions) == [first]


def test_a_verdict_outlives_a_second_try_that_could_not_judge(
    tmp_path: Path, make_grade: MakeGrade
) -> None:
    verdict = make_grade("ada", score=2.0)
    ungraded = verdict.model_copy(update={"verdict": "ungraded", "score": None})
    with open_store(tmp_path, "dat565/lenet") as store:
        assert store.keep(ungraded, "1") == ungraded
        assert store.keep(verdict, "1") == verdict
        assert store.keep(ungraded, "1") == verdict
        assert store.grades(verdict.conditions) == [verdict]


def test_grades_on_other_data_are_kept_beside(tmp_path: Path, make_grade: MakeGrade) -> None:
    real = make_grade("ada", score=2.0)
    conditions = real.conditions.model_copy(update={"data_key": "another"})
    embedded = make_grade("ada", score=1.0, conditions=conditions)
    with open_store(tmp_path, "dat565/lenet") as store:
        store.keep(real, "1")
        store.keep(embedded, "2")
        assert store.grades(real.conditions) == [real]
        assert store.grades(conditions) == [embedded]


def test_grades_of_another_rubric_are_left_out(tmp_path: Path, make_grade: MakeGrade) -> None:
    now = make_grade("ada")
    other = now.conditions.model_copy(update={"rubric": "another"})
    with open_store(tmp_path, "dat565/lenet") as store:
        store.keep(now, "1")
        store.keep(make_grade("bob", conditions=other), "2")
        assert store.grades(now.conditions) == [now]


def test_two_submissions_called_alike_keep_apart(tmp_path: Path) -> None:
    sources = [tmp_path / place / "Work.py" for place in ("a", "b", "c/../d")]
    with open_store(tmp_path, "dat565/lenet") as store:
        first = [store.name_of(source) for source in sources]
    with open_store(tmp_path, "dat565/lenet") as store:
        again = [store.name_of(source) for source in reversed(sources)]
    assert len({name.casefold() for name in first}) == 3
    assert again == list(reversed(first))


def test_a_submission_cannot_take_the_name_of_a_results_file(tmp_path: Path) -> None:
    ours = ("grades.db", "report.html", "gradebook.csv", "canvas.csv", "moodle.csv", "junit.xml")
    sources = [tmp_path / one for one in (*ours, "GRADES.DB")]
    for source in sources:
        source.mkdir(exist_ok=True)
    (tmp_path / "out").mkdir()
    with open_store(tmp_path / "out", "dat565/lenet") as store:
        names = {store.name_of(source).casefold() for source in sources}
    assert names.isdisjoint(ours)


def test_a_folder_of_another_assignment_is_refused(tmp_path: Path) -> None:
    with open_store(tmp_path, "dat565/lenet"):
        pass
    with (
        pytest.raises(StoreError, match="holds grades of dat565/lenet"),
        open_store(tmp_path, "dat565/dense-64-64"),
    ):
        pass


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("this is no database, but long enough to look at" * 99)
    with pytest.raises(StoreError, match=r"grades\.db: "), open_store(tmp_path, "dat565/lenet"):
        pass


def test_a_grade_of_another_version_is_one_clear_error(tmp_path: Path) -> None:
    with open_store(tmp_path, "dat565/lenet"):
        pass
    with closing(sqlite3.connect(tmp_path / "grades.db")) as connection, connection:
        connection.execute("INSERT INTO verdicts (name, key, grade) VALUES ('ada', 'k', '{}')")
    with (
        pytest.raises(StoreError, match="holds a grade that this version cannot read"),
        open_store(tmp_path, "dat565/lenet") as store,
    ):
        store.grades_by_key()


def test_what_stands_is_by_the_latest_rubric_and_the_rest_is_named(
    tmp_path: Path, make_grade: MakeGrade
) -> None:
    now = make_grade("ada")
    before = now.conditions.model_copy(update={"rubric": "another"})
    with open_store(tmp_path, "dat565/lenet") as store:
        store.keep(make_grade("ada", score=1.0, conditions=before), "1")
        store.keep(make_grade("bob", conditions=before), "2")
        store.keep(now, "3")
    standing = read_grades(tmp_path)
    assert standing.grades == [now]
    assert standing.left_out == ["bob"]


@pytest.mark.parametrize("name", ["plain", "a space, 50 % and #1?"])
def test_reading_changes_nothing(tmp_path: Path, make_grade: MakeGrade, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    with open_store(folder, "dat565/lenet") as store:
        store.keep(make_grade(), "1")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    read_grades(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_folder_without_grades_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"holds no grades\.db"):
        read_grades(tmp_path)
    with open_store(tmp_path, "dat565/lenet"):
        pass
    with pytest.raises(StoreError, match=r"nothing in grades\.db has a grade yet"):
        read_grades(tmp_path)
