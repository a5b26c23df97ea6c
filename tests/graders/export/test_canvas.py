"""Gradebooks as Canvas writes them and takes them back."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from graders.errors import RosterError
from graders.export.canvas import canvas
from graders.export.merged import Merged
from graders.export.roster import read_roster
from graders.grade import Grade

MakeGrade = Callable[..., Grade]

HEAD = "Student,ID,SIS User ID,SIS Login ID,Section,Lab 1 (501),Lab 2 (502),Final Score"
ROSTER = f"""{HEAD}
,,,,,,Manual Posting,
    Points Possible,,,,,10.00,60.00,(read only)
"Lovelace, Ada",11,u-ada,ada@example.edu,Lecture 1,9.00,,90.00
"=1+1, <script>",12,u-eve,eve@example.edu,Lecture 1 and Lecture 2,8.50,7.00,85.00
"Hopper, Grace",13,u-grace,grace@example.edu,Lecture 1,,55.00,
"Student, Test",99,,f00,Lecture 1,,,
"""


@pytest.fixture
def fill(tmp_path: Path) -> Callable[..., Merged]:
    """Merge grades into a roster: `fill(ROSTER, [grade], "Lab 2")`."""

    def _fill(
        text: str, grades: list[Grade], column: str = "", worth: float | None = None
    ) -> Merged:
        path = tmp_path / "canvas.csv"
        path.write_text(text, encoding="utf-8", newline="")
        return canvas(read_roster(path), grades, column, worth)

    return _fill


Fill = Callable[..., Merged]


def table(merged: Merged) -> list[list[str]]:
    return list(csv.reader(io.StringIO(merged.text, newline=""), strict=True))


@pytest.mark.parametrize("column", ["Lab 2", "502", "Lab 2 (502)"])
def test_a_column_is_found_by_title_and_number(
    fill: Fill, make_grade: MakeGrade, column: str
) -> None:
    merged = fill(ROSTER, [make_grade("ada")], column)
    assert merged.column == "Lab 2 (502)"
    assert merged.text == ROSTER.replace("Lecture 1,9.00,,90.00", "Lecture 1,9.00,30,90.00")


def test_only_matched_cells_change(fill: Fill, make_grade: MakeGrade) -> None:
    grades = [make_grade("u-eve"), make_grade("nobody")]
    before, after = list(csv.reader(io.StringIO(ROSTER))), table(fill(ROSTER, grades, "Lab 2"))
    changed = [
        (row, column)
        for row, cells in enumerate(after)
        for column, cell in enumerate(cells)
        if cell != before[row][column]
    ]
    assert changed == [(4, 6)]


def test_an_ungraded_submission_leaves_its_cell_alone(fill: Fill, make_grade: MakeGrade) -> None:
    ungraded = {"verdict": "ungraded", "score": None, "checks": (), "reason": "no sandbox"}
    merged = fill(ROSTER, [make_grade("ada", **ungraded), make_grade("grace", **ungraded)], "502")
    assert merged.text == ROSTER
    assert len(merged.left_out) == 2


def test_a_score_of_zero_is_written(fill: Fill, make_grade: MakeGrade) -> None:
    assert table(fill(ROSTER, [make_grade("ada", score=0.0)], "502"))[3][6] == "0"


def test_a_new_column_goes_before_the_totals_with_its_points(
    fill: Fill, make_grade: MakeGrade
) -> None:
    merged = fill(ROSTER, [make_grade("ada")])
    head, _, worth, ada, *_ = table(merged)
    assert head == [*HEAD.split(",")[:7], "dat565/lenet", "Final Score"]
    assert worth[7] == "60"
    assert ada == [
        "Lovelace, Ada",
        "11",
        "u-ada",
        "ada@example.edu",
        "Lecture 1",
        "9.00",
        "",
        "30",
        "90.00",
    ]
    assert {len(row) for row in table(merged)} == {9}


def test_points_possible_are_added_where_they_lack(fill: Fill, make_grade: MakeGrade) -> None:
    roster = (
        "Student,ID,SIS User ID,SIS Login ID,Section\nAda Lovelace,11,,ada,A\nGrace,12,,grace,A\n"
    )
    assert table(fill(roster, [make_grade("grace")], "Lab (7)")) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Lab (7)"],
        ["    Points Possible", "", "", "", "", "60"],
        ["Ada Lovelace", "11", "", "ada", "A", ""],
        ["Grace", "12", "", "grace", "A", "30"],
    ]


def test_names_may_be_in_two_columns(fill: Fill, make_grade: MakeGrade) -> None:
    roster = (
        "LastName,FirstName,ID,SIS Login ID,Section\n  Points Possible,,,,\nLovelace,Ada,11,al,A\n"
    )
    assert table(fill(roster, [make_grade("Ada_Lovelace")]))[2][-1] == "30"


def test_the_name_of_a_download_is_known(fill: Fill, make_grade: MakeGrade) -> None:
    grades = [
        make_grade("lovelaceada_LATE_11_90210_work"),
        make_grade("hoppergrace_13_90211_work-1"),
    ]
    merged = fill(ROSTER, grades, "502")
    assert merged.left_out == ()
    assert merged.absent == ("=1+1, <script>", "Student, Test")


def test_scores_are_converted_to_the_points_of_the_column(
    fill: Fill, make_grade: MakeGrade
) -> None:
    with pytest.raises(RosterError, match="worth 10 points, the scores are out of 60: --points 10"):
        fill(ROSTER, [make_grade("ada")], "501")
    assert table(fill(ROSTER, [make_grade("ada")], "501", 10))[3][5] == "5"


@pytest.mark.parametrize(
    ("roster", "column", "reason"),
    [
        ("Name,Score\nAda,1\n", "", "has no column 'Student'"),
        ("LastName,ID,Section\nAda,1,A\n", "", "has no column 'FirstName'"),
        ("Student,ID\nAda,1\n", "", "has no column 'Section'"),
        (ROSTER, "503", "no assignment column with the number 503"),
        (ROSTER, "Final Score", "takes no scores in the column 'Final Score'"),
        (
            ROSTER.replace("Lab 1 (501)", "Lab 2 (501)"),
            "Lab 2",
            "fits several columns: 'Lab 2 (501",
        ),
    ],
)
def test_what_does_not_fit_is_one_clear_error(
    fill: Fill, make_grade: MakeGrade, roster: str, column: str, reason: str
) -> None:
    with pytest.raises(RosterError, match=reason.replace("(", r"\(")):
        fill(roster, [make_grade("ada")], column)


def test_semicolons_stay_semicolons(fill: Fill, make_grade: MakeGrade) -> None:
    roster = (
        "Student;ID;SIS Login ID;Section;Lab (7)\n    Points Possible;;;;60,00\nAda;11;ada;A;\n"
    )
    assert fill(roster, [make_grade("ada")], "7").text == roster.replace("A;\n", "A;30\n")


def test_no_text_of_a_submission_gets_into_the_file(fill: Fill, evil_grade: Grade) -> None:
    grade = evil_grade.model_copy(update={"name": "ada"})
    merged = fill(ROSTER, [grade], "502")
    assert merged.text == ROSTER.replace("9.00,,90.00", "9.00,30,90.00")
    unmatched = fill(ROSTER, [evil_grade], "502")
    assert unmatched.text == ROSTER
    assert not {"\x1b", "\n", "\x00", "\u202e"} & set(unmatched.left_out[0])
