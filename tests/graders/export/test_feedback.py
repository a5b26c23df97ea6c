from collections.abc import Callable

import pytest

from graders.export.feedback import comments, explanation, summary
from graders.grade import Check, Grade

MakeGrade = Callable[..., Grade]

HIDDEN = Check(
    id="secret-accuracy",
    name="Accuracy on the hidden images",
    met=False,
    points=12.34,
    most=40,
    expected="95.5 % hidden",
    measured="61.7 % hidden",
    interval=(0.579, 0.655),
    advice="Hidden advice.",
    visibility="hidden",
)
TELLTALE = ("secret", "hidden images", "12.34", "95.5", "61.7", "57.9", "65.5", "Hidden advice")


@pytest.fixture
def half_hidden(make_grade: MakeGrade) -> Grade:
    grade = make_grade(score=42.34, most=100.0, reason="points lost on accuracy, secret-accuracy")
    return grade.model_copy(update={"checks": (*grade.checks, HIDDEN)})


def test_a_criterion_says_what_was_wanted_what_was_found_and_what_to_try(
    make_grade: MakeGrade,
) -> None:
    expected, measured, sure, advice = explanation(make_grade().checks[0]).splitlines()
    assert (expected, measured) == ("Expected: 90 %", "Measured: 75 %")
    assert "between 70.0% and 80.0%; the upper end, 80.0%, is what counts for you" in sure
    assert advice == "Advice: Train longer."


def test_the_summary_says_the_score_and_where_points_were_lost(make_grade: MakeGrade) -> None:
    first, second, *rest = summary(make_grade()).splitlines()
    assert first == "30 of 60 points."
    assert second == "Points were lost on: Accuracy."
    assert "500 images of digits" in rest[0]
    assert "embedded data" in rest[0]


def test_what_was_read_is_told(make_grade: MakeGrade) -> None:
    text = summary(make_grade(found="Read: net.ipynb (7 code cells). Ignored: a\x1b[31m.txt."))
    assert "Read: net.ipynb (7 code cells). Ignored: a" in text
    assert "\x1b" not in text


def test_what_stopped_a_submission_is_told(make_grade: MakeGrade) -> None:
    grade = make_grade(score=0.0, verdict="failed", reason="it did not finish within 10 s")
    assert "What stopped your submission: it did not finish within 10 s." in summary(grade)


def test_a_required_criterion_is_named(make_grade: MakeGrade) -> None:
    grade = make_grade(score=0.0, verdict="failed", reason="required, and not met: Accuracy")
    assert "without a criterion that it does not meet: Accuracy." in summary(grade)


def test_an_ungraded_submission_is_told_that_a_person_will_look(make_grade: MakeGrade) -> None:
    grade = make_grade(
        score=None, verdict="ungraded", checks=(), reason="the grader itself broke: KeyError: /home"
    )
    text = summary(grade)
    assert "not a zero" in text
    assert "/home" not in text
    assert "points" not in text


@pytest.mark.parametrize("visibility", ["hidden", "after_due_date", "after_published"])
@pytest.mark.parametrize(
    "reason",
    [
        "points lost on accuracy, secret-accuracy",
        "required, and not met: Accuracy on the hidden images",
        "its code does not import: SyntaxError",
    ],
)
def test_what_is_not_shown_does_not_show_through(
    half_hidden: Grade, visibility: str, reason: str
) -> None:
    kept_back = HIDDEN.model_copy(update={"visibility": visibility})
    grade = half_hidden.model_copy(
        update={"checks": (half_hidden.checks[0], kept_back), "reason": reason}
    )
    text = summary(grade) + comments(grade)
    assert not [word for word in (*TELLTALE, "42.34", "100", "partial") if word in text]
    assert "Not all criteria are shown here." in text
    assert "Accuracy: 30 of 60 points" in comments(grade)


def test_the_feedback_holds_no_control_characters(evil_grade: Grade) -> None:
    text = comments(evil_grade)
    assert not {"\x1b", "\x00", "\x07", "\r", "\u202e"} & set(text)
    text.encode()
