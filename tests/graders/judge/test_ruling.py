from typing import Any

import pytest

from graders.grade import Check
from graders.judge import Ruling, rule
from graders.rubric import Rubric


def rubric(*criteria: dict[str, Any], **fields: Any) -> Rubric:
    tables = [
        {"id": name, "name": name, "metric": "parameters", "equals": 1, "points": 50, **each}
        for name, each in zip(("first", "second"), criteria, strict=True)
    ]
    found = {"assignment": "dat565/lenet", "title": "T", "criterion": tables, **fields}
    return Rubric.model_validate(found)


def check(name: str, points: float) -> Check:
    return Check(
        id=name,
        name=name,
        met=points == 50,
        points=points,
        most=50,
        expected="",
        measured="",
    )


@pytest.mark.parametrize(
    ("first", "points", "ruling"),
    [
        ({}, 50, Ruling("passed", 100)),
        ({}, 10, Ruling("partial", 60, "points lost on first")),
        ({"required": True}, 49, Ruling("failed", 0, "required, and not met: first")),
        (
            {"cap": 30},
            10,
            Ruling(
                "partial",
                30,
                "points lost on first; 60 points came to 30, the most without 'first'",
            ),
        ),
        ({"cap": 30}, 50, Ruling("passed", 100)),
        ({"cap": 80}, 10, Ruling("partial", 60, "points lost on first")),
        (
            {"cap": 0},
            10,
            Ruling(
                "failed", 0, "points lost on first; 60 points came to 0, the most without 'first'"
            ),
        ),
    ],
)
def test_points_add_up_to_a_verdict(first: dict[str, Any], points: float, ruling: Ruling) -> None:
    checks = (check("first", points), check("second", 50))
    assert rule(rubric(first, {}), checks) == ruling


def test_the_lowest_cap_counts() -> None:
    checks = (check("first", 40), check("second", 40))
    ruling = rule(rubric({"cap": 30}, {"cap": 20}), checks)
    assert ruling.score == 20
    assert "the most without 'second'" in ruling.reason


def test_a_pass_mark_may_lie_below_a_cap() -> None:
    checks = (check("first", 0), check("second", 50))
    assert rule(rubric({"cap": 40}, {}, pass_at=0.4), checks) == Ruling("passed", 40)
