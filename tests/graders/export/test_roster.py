from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graders.errors import RosterError
from graders.export.roster import Roster, read_roster


def roster(tmp_path: Path, content: bytes) -> Roster:
    path = tmp_path / "roster.csv"
    path.write_bytes(content)
    return read_roster(path)


@pytest.mark.parametrize(
    "content",
    [
        b"Student,ID\nAda,1\n",
        b"Student,ID\r\nAda,1\r\n",
        b'Student;ID\n"Lovelace; Ada";1\n',
        b"Student\tID\nAda\t1\n",
        b'\xef\xbb\xbfStudent,ID\n"Lovelace, ""Ada""",1\n',
        'Student,ID\n"=1+1\n<script>",\u202e\n'.encode(),
        b"Student,ID\n    Points Possible,\n\n",
    ],
    ids=["plain", "crlf", "semicolons", "tabs", "mark and quotes", "attacks", "blanks"],
)
def test_a_file_is_written_as_it_was_read(tmp_path: Path, content: bytes) -> None:
    assert roster(tmp_path, content).text().encode() == content


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8")), min_size=2, max_size=4),
        min_size=1,
    )
)
def test_every_cell_survives(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    width = len(rows[0])
    cells = [(row + [""] * width)[:width] for row in rows]
    path = tmp_path_factory.mktemp("rosters") / "roster.csv"
    first = Roster("x", ["Student", *cells[0]], [["a", *row] for row in cells], ",", "\n", False)
    path.write_text(first.text(), encoding="utf-8", newline="")
    again = read_roster(path)
    assert ([again.head, *again.rows]) == [first.head, *first.rows]


def test_a_short_row_is_filled(tmp_path: Path) -> None:
    found = roster(tmp_path, b"Student,ID,Section\nAda,1\n")
    assert found.rows == [["Ada", "1", ""]]
    assert found.value(found.rows[0], "Section") == ""
    assert found.value(found.rows[0], "E-mail") == ""


def test_a_new_column_keeps_the_others(tmp_path: Path) -> None:
    found = roster(tmp_path, b"Student,ID\nAda,1\n\n")
    found.insert_column(1, "New")
    assert found.text() == "Student,New,ID\nAda,,1\n\n"


def test_a_missing_column_is_named_beside_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(RosterError, match=r"has no column 'Grade'; it has: Student, ID$"):
        roster(tmp_path, b"Student,ID\n").column("Grade")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"Student,ID\n\xe9,1\n", "is not UTF-8 text"),
        (b'Student,ID\n"Ada,1\n', "is not a CSV table: "),
        (b"", "is not a CSV table with a line"),
        (b"just words\n", "is not a CSV table with a line"),
        (b"a,b\n" + b"x" * 200_000 + b",1\n", "is not a CSV table: field larger"),
    ],
    ids=["latin-1", "open quote", "empty", "words", "huge"],
)
def test_what_is_no_table_is_one_clear_error(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(RosterError, match=reason):
        roster(tmp_path, content)


def test_a_file_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(RosterError, match=r"none\.csv: cannot be read: No such file"):
        read_roster(tmp_path / "none.csv")
