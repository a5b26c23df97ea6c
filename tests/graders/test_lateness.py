from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graders.errors import LatenessError
from graders.grade import Grade
from graders.lateness import Lateness, read_lateness
from graders.rubric import Late, Rubric

DUE = "2026-11-20T23:59+01:00"
LATE = {"points_per_day": 10, "grace_hours": 2, "most": 25}


def rubric(**late: Any) -> Rubric:
    one = {"id": "accuracy", "name": "A", "metric": "parameters", "equals": 3, "points": 60}
    found = {"assignment": "dat565/lenet", "title": "T", "criterion": [one]}
    return Rubric.model_validate({**found, "late": late} if late else found)


@pytest.fixture
def times(tmp_path: Path) -> Path:
    path = tmp_path / "times.csv"
    path.write_text(
        "submission,submitted\n"
        "ada,2026-11-20T22:59:00Z\n"
        "ben.zip,2026-11-21T12:59\n"
        "eve,2026-11-24 00:00:00+01:00\n"
    )
    return path


@pytest.fixture
def lateness(times: Path) -> Lateness:
    return read_lateness(DUE, times, rubric(**LATE))


def test_hours_are_counted_from_the_deadline(lateness: Lateness) -> None:
    assert lateness.hours(Path("work/ada")) == 0
    assert lateness.hours(Path("ben.zip")) == 13
    assert lateness.hours(Path("eve.tar.gz")) == pytest.approx(72.0167, abs=1e-3)
    with pytest.raises(LatenessError, match="no submission 'bob'"):
        lateness.insist_on_all([Path("ada"), Path("bob")])


@pytest.mark.parametrize(
    ("hours", "cost"), [(0, 0), (2, 0), (2.1, 10), (26, 10), (26.1, 20), (99, 25)]
)
def test_a_day_that_has_begun_costs_a_day_after_the_grace(hours: float, cost: float) -> None:
    assert Late(points_per_day=10, grace_hours=2, most=25).penalty(hours) == cost


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_later_is_never_cheaper(one: float, other: float) -> None:
    terms = Late(points_per_day=3, grace_hours=5)
    assert terms.penalty(min(one, other)) <= terms.penalty(max(one, other))


def test_lateness_takes_points_and_the_pass(
    lateness: Lateness, make_grade: Callable[..., Grade]
) -> None:
    grade = make_grade(score=60.0, verdict="passed", reason="")
    late = lateness.applied(grade, rubric(**LATE), 13)
    assert (late.verdict, late.score, late.reason) == ("partial", 50, "points lost on late")
    check = late.checks[-1]
    assert (check.id, check.points, check.most, check.met) == ("late", -10, 0, False)
    assert check.measured == "13.0 hours late"
    assert "2026-11-20 23:59+01:00" in check.expected
    assert lateness.applied(grade, rubric(**LATE), 1) == grade


def test_nobody_loses_more_than_there_is(
    lateness: Lateness, make_grade: Callable[..., Grade]
) -> None:
    poor = lateness.applied(make_grade(score=4.0), rubric(**LATE), 99)
    assert (poor.verdict, poor.score, poor.checks[-1].points) == ("failed", 0, -4)
    assert poor.reason == "points lost on accuracy, late"
    for untouched in (
        make_grade(score=0.0, verdict="failed"),
        make_grade(score=None, verdict="ungraded"),
    ):
        assert lateness.applied(untouched, rubric(**LATE), 99) == untouched


def test_a_time_without_an_offset_is_in_the_deadlines(times: Path) -> None:
    found = read_lateness("2026-11-20T23:59-05:00", times, rubric(**LATE))
    assert found.submitted["ben.zip"].utcoffset() == timedelta(hours=-5)
    assert read_lateness("2026-11-20", times, rubric(**LATE)).due.tzinfo is not None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("submission,when\nada,2026-11-20\n", "line 1: there is no column 'submitted'"),
        ("", "line 1: there is no column 'submission'"),
        ("submission,submitted\nada,yesterday\n", "line 2: submitted: 'yesterday' is no time"),
        ("submission,submitted\nada\n", "line 2: submitted: '' is no time"),
        ("submission,submitted\n,2026-11-20\n", "line 2: there is no submission"),
        ("submission,submitted\na,2026-11-20\na,2026-11-20\n", "line 3: 'a' is there twice"),
        ("\xff\xfe", "there is no column"),
    ],
)
def test_a_bad_table_names_its_line(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "times.csv"
    path.write_text(text)
    with pytest.raises(LatenessError) as caught:
        read_lateness(DUE, path, rubric(**LATE))
    assert reason in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_what_cannot_be_read_is_a_wrong_call(tmp_path: Path, times: Path) -> None:
    with pytest.raises(LatenessError, match="cannot be read"):
        read_lateness(DUE, tmp_path / "nowhere.csv", rubric(**LATE))
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LatenessError, match="no CSV table in UTF-8"):
        read_lateness(DUE, tmp_path / "bytes.csv", rubric(**LATE))
    with pytest.raises(LatenessError, match="--deadline: 'soon' is no time"):
        read_lateness("soon", times, rubric(**LATE))
    with pytest.raises(LatenessError, match=r"has no \[late\] table"):
        read_lateness(DUE, times, rubric())
