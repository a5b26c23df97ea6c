"""Texts that attack whoever shows them, and a grade full of them."""

from collections.abc import Callable

import pytest

from graders.grade import Grade

EVIL = (
    '=1+1\n<script>alert("x")</script>\r\n\x1b[31mred\x1b[0m\x1b]0;title\x07 \x00 ../../etc/passwd '
    "&amp; ]]> \u202eevil\u2028\ud800 ,;'\""
)


@pytest.fixture
def evil() -> str:
    return EVIL


@pytest.fixture
def evil_grade(make_grade: Callable[..., Grade]) -> Grade:
    """A partial grade with an attack in every text that is not the grader's own."""
    grade = make_grade(EVIL, student=EVIL, reason=f"points lost on {EVIL}", printed=EVIL)
    check = grade.checks[0].model_copy(
        update={"name": EVIL, "expected": EVIL, "measured": EVIL, "advice": EVIL}
    )
    return grade.model_copy(update={"checks": (check,)})
