import csv
import io
from collections.abc import Callable

import pytest

from graders.export.gradebook import gradebook
from graders.grade import Grade

MakeGrade = Callable[..., Grade]


def rows(*grades: Grade) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(gradebook(grades), newline=""), strict=True))


def test_there_is_a_row_a_grade_and_a_column_a_criterion(make_grade: MakeGrade) -> None:
    found = rows(make_grade("ada"), make_grade("bob"))
    assert [row["submission"] for row in found] == ["ada", "bob"]
    assert found[0]["accuracy"] == "30"
    assert found[0]["data"] == "embedded"


def test_an_ungraded_submission_has_an_empty_score(make_grade: MakeGrade) -> None:
    grade = make_grade(verdict="ungraded", score=None, checks=(), reason="no sandbox")
    assert rows(grade)[0]["score"] == ""


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", " =", "\uff1d"])
def test_no_cell_is_a_formula(make_grade: MakeGrade, start: str) -> None:
    grade = make_grade(student=f"{start}cmd|' /C calc'!A0", reason=f"{start}1+1")
    row = rows(grade)[0]
    assert row["student"].startswith("'")
    assert row["reason"].startswith("'")


def test_no_text_breaks_the_table(evil_grade: Grade, make_grade: MakeGrade) -> None:
    text = gradebook([evil_grade, make_grade("bob")])
    found = rows(evil_grade, make_grade("bob"))
    assert [len(row) for row in found] == [9, 9]
    assert None not in found[0]
    assert found[1]["submission"] == "bob"
    assert not {"\x1b", "\x00", "\u202e"} & set(text)
    text.encode()
