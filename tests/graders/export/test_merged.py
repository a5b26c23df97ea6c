from collections.abc import Callable

import pytest

from graders.errors import RosterError
from graders.export.matching import Matches
from graders.export.merged import left_out, scale, score_text
from graders.grade import Grade

MakeGrade = Callable[..., Grade]


@pytest.mark.parametrize(
    ("worth", "wanted", "factor"),
    [("", None, 1), ("100.00", None, 1), ("100,00", None, 1), ("10", 10, 0.1), ("", 20, 0.2)],
)
def test_scores_are_converted_when_asked_for(
    worth: str, wanted: float | None, factor: float
) -> None:
    assert scale("roster.csv", worth, 100, wanted) == pytest.approx(factor)


@pytest.mark.parametrize("wanted", [None, 20])
def test_a_column_worth_something_else_is_refused(wanted: float | None) -> None:
    with pytest.raises(RosterError, match=r"is worth 10 points, .*: --points 10 converts them"):
        scale("roster.csv", "10.00", 100, wanted)


def test_scores_out_of_what_the_column_is_worth_want_no_conversion() -> None:
    with pytest.raises(RosterError, match=r"worth 100 points, and so .*: leave out --points 20$"):
        scale("roster.csv", "100.00", 100, 20)


def test_no_score_is_not_zero(make_grade: MakeGrade) -> None:
    assert score_text(make_grade(score=None), 1) is None
    assert score_text(make_grade(score=0.0), 1) == "0"
    assert score_text(make_grade(score=33.335), 0.1) == "3.33"


def test_who_got_no_cell_is_listed(make_grade: MakeGrade) -> None:
    ungraded = make_grade("bob", verdict="ungraded", score=None, reason="no\nsandbox\x1b")
    lines = left_out(Matches({0: make_grade(), 1: ungraded}, ("eve: nobody fits",), ()))
    assert lines == ("not matched: eve: nobody fits", "ungraded, no score written: bob: no sandbox")
