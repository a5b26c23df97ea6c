"""Worksheets as Moodle's offline grading writes them and takes them back."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from graders.errors import RosterError
from graders.export.merged import Merged
from graders.export.moodle import moodle
from graders.export.roster import read_roster
from graders.grade import Grade

MakeGrade = Callable[..., Grade]

HEAD = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments"
)
MODIFIED = '"Monday, 4 May 2026, 3:04 PM"'
ROSTER = f"""{HEAD}
Participant 101,Ada Lovelace,ada@example.edu,Submitted for grading,,60.00,Yes,{MODIFIED},-,
Participant 102,=1+1,eve@example.edu,Submitted for grading,12.00,60.00,Yes,-,{MODIFIED},<p>Good</p>
Participant 103,Grace Hopper,grace@example.edu,No submission,,60.00,Yes,-,-,
"""
Fill = Callable[..., Merged]


@pytest.fixture
def fill(tmp_path: Path) -> Fill:
    """Merge grades into a worksheet."""

    def _fill(text: str, grades: list[Grade], worth: float | None = None) -> Merged:
        path = tmp_path / "moodle.csv"
        path.write_text(text, encoding="utf-8", newline="")
        return moodle(read_roster(path), grades, worth)

    return _fill


def table(merged: Merged) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(merged.text, newline=""), strict=True))


def test_grade_and_comments_are_filled_and_all_else_stays(
    fill: Fill, make_grade: MakeGrade
) -> None:
    merged = fill(ROSTER, [make_grade("ada@example.edu")])
    before = list(csv.DictReader(io.StringIO(ROSTER)))
    after = table(merged)
    assert after[0]["Grade"] == "30"
    assert after[0]["Feedback comments"].startswith("30 of 60 points.<br>Points were lost on")
    assert after[1:] == before[1:]
    untouched = [name for name in HEAD.split(",") if name not in {"Grade", "Feedback comments"}]
    assert [after[0][name] for name in untouched] == [before[0][name] for name in untouched]
    assert merged.absent == ("=1+1", "Grace Hopper")


@pytest.mark.parametrize(
    "name",
    [
        *("Participant 101", "Participant_101", "101", "ada", "Ada_Lovelace"),
        *("Ada_Lovelace_101_assignsubmission_file", "Participant_101_assignsubmission_file"),
    ],
)
def test_a_participant_is_found(fill: Fill, make_grade: MakeGrade, name: str) -> None:
    assert table(fill(ROSTER, [make_grade(name)]))[0]["Grade"] == "30"


def test_an_anonymous_worksheet_will_do(fill: Fill, make_grade: MakeGrade) -> None:
    roster = "Identifier,Grade,Last modified (grade)\nParticipant 7,,-\n"
    assert fill(roster, [make_grade("7")]).text == roster.replace("7,,", "7,30,")


def test_an_ungraded_submission_leaves_its_row_alone(fill: Fill, make_grade: MakeGrade) -> None:
    grade = make_grade("ada", verdict="ungraded", score=None, checks=(), reason="no sandbox")
    merged = fill(ROSTER, [grade])
    assert merged.text == ROSTER
    assert merged.left_out == ("ungraded, no score written: ada: no sandbox",)


def test_scores_beyond_the_maximum_are_refused_before_moodle_drops_them(
    fill: Fill, make_grade: MakeGrade
) -> None:
    roster = ROSTER.replace("60.00", "10.00")
    with pytest.raises(RosterError, match="worth 10 points, the scores are out of 60: --points 10"):
        fill(roster, [make_grade("ada")])
    assert table(fill(roster, [make_grade("ada")], 10))[0]["Grade"] == "5"


def test_a_worksheet_in_another_language_is_one_clear_error(
    fill: Fill, make_grade: MakeGrade
) -> None:
    with pytest.raises(RosterError, match="has no column 'Identifier'; it has: ID, Bewertung"):
        fill("ID,Bewertung\nTeilnehmer/in 7,\n", [make_grade("7")])


def test_comments_are_html_without_any_of_the_submissions(fill: Fill, evil_grade: Grade) -> None:
    grade = evil_grade.model_copy(update={"name": "ada", "reason": "=1+1 <script>x</script>"})
    comment = table(fill(ROSTER, [grade]))[0]["Feedback comments"]
    assert "<script" not in comment
    assert "&lt;script&gt;" in comment
    assert not {"\x1b", "\x00", "\r", "\u202e"} & set(comment)
    assert comment.replace("<br>", "").count("<") == 0


def test_comments_say_nothing_of_what_is_hidden(fill: Fill, make_grade: MakeGrade) -> None:
    grade = make_grade("ada", score=42.0, reason="points lost on accuracy, secret")
    secret = grade.checks[0].model_copy(
        update={"id": "secret", "name": "Secret", "visibility": "hidden", "measured": "61.7 %"}
    )
    both = grade.model_copy(update={"checks": (*grade.checks, secret)})
    row = table(fill(ROSTER, [both]))[0]
    assert row["Grade"] == "42"
    assert not [word for word in ("secret", "Secret", "61.7") if word in row["Feedback comments"]]
