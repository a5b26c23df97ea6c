import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graders.export import write_reports, write_results
from graders.export.gradebook import as_text, gradebook
from graders.export.gradescope import results
from graders.export.page import page
from graders.grade import Grade

MakeGrade = Callable[..., Grade]
EVIL = "<script>alert(1)</script>&\"'"

TOP_LEVEL = {
    *("score", "execution_time", "output", "output_format", "test_output_format"),
    *("test_name_format", "visibility", "stdout_visibility", "extra_data", "tests", "leaderboard"),
}
TEST_LEVEL = {
    *("score", "max_score", "status", "name", "name_format", "number", "output", "output_format"),
    *("tags", "visibility", "extra_data"),
}


def test_gradescope_gets_only_fields_that_it_knows(make_grade: MakeGrade) -> None:
    document = results(make_grade(printed="hello"))
    assert set(document) <= TOP_LEVEL
    assert all(set(test) <= TEST_LEVEL for test in document["tests"])
    assert document["score"] == 30
    assert document["tests"][0]["max_score"] == 60
    assert document["tests"][0]["status"] == "failed"
    assert "Train longer." in document["tests"][0]["output"]
    json.dumps(document, allow_nan=False)


def test_ungraded_is_never_zero(make_grade: MakeGrade) -> None:
    grade = make_grade(verdict="ungraded", score=None, checks=(), reason="no sandbox")
    assert "score" not in results(grade)
    assert next(csv.DictReader(io.StringIO(gradebook([grade]))))["score"] == ""
    assert "no score" in page([grade])


def test_the_gradebook_has_a_row_a_grade_and_a_column_a_criterion(make_grade: MakeGrade) -> None:
    rows = list(csv.DictReader(io.StringIO(gradebook([make_grade("ada"), make_grade("bob")]))))
    assert [row["submission"] for row in rows] == ["ada", "bob"]
    assert rows[0]["accuracy"] == "30"
    assert rows[0]["data"] == "embedded"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", " =", "\uff1d"])
def test_a_cell_is_never_a_formula(make_grade: MakeGrade, start: str) -> None:
    grade = make_grade(student=f"{start}cmd|' /C calc'!A0", reason=f"{start}1+1")
    row = next(csv.DictReader(io.StringIO(gradebook([grade]))))
    assert row["student"].startswith("'")
    assert row["reason"].startswith("'")


@given(st.text())
def test_an_escaped_cell_keeps_its_text(text: str) -> None:
    assert as_text(text).removeprefix("'") in (text, text.removeprefix("'"))


def test_the_page_shows_a_submissions_text_and_runs_none_of_it(make_grade: MakeGrade) -> None:
    html = page([make_grade(student=EVIL, reason=EVIL, printed=EVIL)])
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 3
    assert "src=" not in html
    assert "href=" not in html


def test_the_page_puts_first_what_a_person_must_look_at(make_grade: MakeGrade) -> None:
    grades = [
        make_grade("good", score=60.0, verdict="passed"),
        make_grade("bad", score=0.0, verdict="failed"),
        make_grade("odd", score=None, verdict="ungraded", checks=()),
    ]
    names = re.findall(r'class="who">(\w+)', page(grades))
    assert names == ["odd", "bad", "good"]


def test_an_empty_page_says_so() -> None:
    assert "Nothing has been graded" in page([])


def test_files_appear_whole(tmp_path: Path, make_grade: MakeGrade) -> None:
    grade = make_grade("ada")
    assert write_results(tmp_path, grade) == tmp_path / "ada" / "results.json"
    write_reports(tmp_path, [grade])
    found = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*"))
    assert found == ["ada/results.json", "gradebook.csv", "report.html"]
    assert json.loads((tmp_path / "ada" / "results.json").read_text())["score"] == 30
