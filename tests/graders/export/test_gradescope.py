"""Results against what Gradescope documents of results.json, as models of our own."""

import json
from collections.abc import Callable
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from graders.export.gradescope import results
from graders.grade import Grade, Timing

MakeGrade = Callable[..., Grade]

Format = Literal["text", "html", "simple_format", "md", "ansi"]
Visibility = Literal["hidden", "after_due_date", "after_published", "visible"]
Points = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Known(BaseModel):
    """Nothing but what is documented, and nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Test(_Known):
    __test__ = False

    name: str = Field(min_length=1)
    score: Points
    max_score: Points
    status: Literal["passed", "failed"] | None = None
    name_format: Format = "text"
    number: str = ""
    output: str = ""
    output_format: Format = "text"
    tags: list[str] = []
    visibility: Visibility = "visible"
    extra_data: dict[str, Any] = {}


class Leader(_Known):
    name: str
    value: float | str
    order: Literal["asc", "desc"] = "desc"


class Document(_Known):
    score: Points | None = None
    execution_time: Points | None = None
    output: str = ""
    output_format: Format = "text"
    test_output_format: Format = "text"
    test_name_format: Format = "text"
    visibility: Visibility = "visible"
    stdout_visibility: Visibility = "hidden"
    extra_data: dict[str, Any] = {}
    tests: list[Test] = []
    leaderboard: list[Leader] = []


def read_back(grade: Grade) -> Any:
    """The document as Gradescope gets it, checked against what it documents."""
    text = json.dumps(results(grade), allow_nan=False)
    Document.model_validate_json(text)
    return json.loads(text)


def students_texts(document: Any) -> str:
    """Return all that students see of a document: what is neither hidden nor extra data."""
    shown = [test for test in document["tests"] if test["visibility"] == "visible"]
    return json.dumps(
        [document["output"], [[test["name"], test["output"], test["score"]] for test in shown]]
    )


def test_a_grade_is_a_document_that_gradescope_knows(make_grade: MakeGrade) -> None:
    document = read_back(make_grade(printed="hello"))
    assert document["score"] == 30
    assert document["tests"][0]["max_score"] == 60
    assert document["tests"][0]["status"] == "failed"
    assert "Train longer." in document["tests"][0]["output"]


@pytest.mark.parametrize("visibility", ["hidden", "after_due_date", "after_published", "visible"])
def test_a_criterion_keeps_its_visibility(make_grade: MakeGrade, visibility: str) -> None:
    grade = make_grade()
    check = grade.checks[0].model_copy(update={"visibility": visibility})
    document = read_back(grade.model_copy(update={"checks": (check,)}))
    assert document["tests"][0]["visibility"] == visibility


def test_the_rounds_of_a_race_are_on_record(make_grade: MakeGrade) -> None:
    timing = Timing(
        ratio=0.5, low=0.4, high=0.6, samples=9, seconds=(2, 2), reference_seconds=(1, 1)
    )
    check = make_grade().checks[0].model_copy(update={"timing": timing})
    (test,) = read_back(make_grade(checks=(check,)))["tests"]
    assert test["extra_data"]["timing"]["high"] == 0.6
    assert test["extra_data"]["timing"]["seconds"] == [2, 2]
    assert read_back(make_grade())["tests"][0]["extra_data"]["timing"] is None


def test_an_ungraded_submission_has_no_score(make_grade: MakeGrade) -> None:
    document = read_back(make_grade(verdict="ungraded", score=None, checks=(), reason="no sandbox"))
    assert "score" not in document
    assert document["tests"] == []
    assert document["extra_data"]["reason"] == "no sandbox"


def test_students_read_nothing_of_a_hidden_criterion(make_grade: MakeGrade) -> None:
    grade = make_grade(score=60.0, most=100.0, reason="points lost on accuracy, secret")
    secret = grade.checks[0].model_copy(
        update={"id": "secret", "name": "Secret", "visibility": "hidden", "measured": "61.7 %"}
    )
    shown = students_texts(read_back(grade.model_copy(update={"checks": (*grade.checks, secret)})))
    assert not [word for word in ("secret", "Secret", "61.7", "60 of 100") if word in shown]


def test_what_a_submission_printed_is_not_shown_to_students(make_grade: MakeGrade) -> None:
    document = read_back(make_grade(printed="pixels of the test images"))
    assert "pixels" not in students_texts(document)
    assert document["stdout_visibility"] == "hidden"


def test_no_text_is_obeyed(evil_grade: Grade) -> None:
    document = read_back(evil_grade)
    assert document["output_format"] == document["test_output_format"] == "text"
    assert all(test["name_format"] == test["output_format"] == "text" for test in document["tests"])
    shown = [document["output"], document["tests"][0]["name"], document["tests"][0]["output"]]
    assert not {"\x1b", "\x00", "\r", "\u202e"} & set("".join(shown))
