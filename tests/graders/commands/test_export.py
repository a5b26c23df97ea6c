import csv
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from graders.commands.export import export
from graders.errors import ExportError, RosterError, StoreError
from graders.grade import Grade
from graders.store import open_store

MakeGrade = Callable[..., Grade]
ROSTER = """Student,ID,SIS User ID,SIS Login ID,Section,Lab (5)
    Points Possible,,,,,60
"Lovelace, Ada",11,,ada,A,
"Hopper, Grace",12,,grace,A,
"""


@pytest.fixture
def grades(tmp_path: Path, make_grade: MakeGrade) -> Path:
    """A folder with ada's grade."""
    folder = tmp_path / "grades"
    folder.mkdir()
    with open_store(folder, "dat565/lenet") as store:
        store.keep(make_grade("ada"), "1")
    return folder


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    path = tmp_path / "roster.csv"
    path.write_text(ROSTER)
    return path


def add(folder: Path, *grades: Grade) -> None:
    with open_store(folder, "dat565/lenet") as store:
        for grade in grades:
            store.keep(grade, f"{grade.name} {grade.conditions.rubric}")


def call(*words: object) -> Result:
    return CliRunner().invoke(export, [str(word) for word in words])


def test_help_is_there_without_torch() -> None:
    code = (
        "import sys\nfrom graders.commands.export import export\n"
        "export(['--help'], standalone_mode=False)\nsys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_how_many_grades_found_a_cell_is_told(
    grades: Path, roster: Path, make_grade: MakeGrade
) -> None:
    add(grades, make_grade("nobody"), make_grade("grace", verdict="ungraded", score=None))
    done = call(grades, "--to", "canvas", "--roster", roster, "--column", "Lab")
    where = f"{grades / 'canvas.csv'}, column 'Lab (5)'"
    assert done.stdout == f"1 of 3 grades written to {where}\n"
    assert call(grades, "--to", "csv").stdout.startswith("3 grades written to ")


def test_a_roster_is_filled_and_who_sent_nothing_is_named(grades: Path, roster: Path) -> None:
    done = call(grades, "--to", "canvas", "--roster", roster, "--column", "Lab")
    assert done.exit_code == 0, done.output
    assert (grades / "canvas.csv").read_text() == ROSTER.replace(",ada,A,", ",ada,A,30")
    assert roster.read_text() == ROSTER
    assert done.stderr == "sent nothing, or nothing that was matched (1):\n  Hopper, Grace\n"
    assert "column 'Lab (5)'" in done.stdout


def test_nobody_is_silently_left_out(grades: Path, roster: Path, make_grade: MakeGrade) -> None:
    old = make_grade().conditions.model_copy(update={"rubric": "another"})
    ungraded = make_grade("grace", verdict="ungraded", score=None, checks=(), reason="no sandbox")
    add(grades, make_grade("late", conditions=old), make_grade("eve"), ungraded)
    done = call(grades, "--to", "canvas", "--roster", roster, "--column", "5")
    assert done.exit_code == 1
    with (grades / "canvas.csv").open(newline="") as file:
        assert [row[5] for row in csv.reader(file)] == ["Lab (5)", "60", "30", ""]
    assert done.stderr.splitlines() == [
        "not in the file (3):",
        "  graded by another rubric or on other data: late",
        "  not matched: eve: nobody on the roster fits",
        "  ungraded, no score written: grace: no sandbox",
    ]


def test_a_worksheet_of_moodle_is_filled(grades: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(
        "Identifier,Email address,Grade,Last modified (grade)\nParticipant 1,ada@x.y,,-\n"
    )
    done = call(
        grades, "--to", "moodle", "--roster", sheet, "--points", "10", "--out", tmp_path / "m"
    )
    assert done.exit_code == 0, done.output
    assert "Participant 1,ada@x.y,5,-" in (tmp_path / "m").read_text()


@pytest.mark.parametrize("form", ["junit", "csv", "html"])
def test_other_forms_need_no_roster(grades: Path, form: str) -> None:
    assert call(grades, "--to", form).exit_code == 0
    written = {"junit": "junit.xml", "csv": "gradebook.csv", "html": "report.html"}[form]
    text = (grades / written).read_text()
    assert "ada" in text
    if form == "junit":
        assert ET.fromstring(text).tag == "testsuites"  # noqa: S314 - a document of our own


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--to", "canvas"], "needs --roster: the CSV that Canvas exports"),
        (["--to", "moodle"], "needs --roster"),
        (["--to", "csv", "--roster", "roster.csv"], "are for canvas and moodle, not csv"),
        (["--to", "junit", "--points", "5"], "are for canvas and moodle, not junit"),
        (["--to", "moodle", "--roster", "roster.csv", "--column", "x"], "--column is for canvas"),
        (
            ["--to", "canvas", "--roster", "roster.csv", "--out", "../roster.csv"],
            "would be overwritten",
        ),
    ],
)
def test_options_that_do_not_belong_together_are_refused(
    grades: Path, roster: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], reason: str
) -> None:
    monkeypatch.chdir(roster.parent)
    (roster.parent / "here").mkdir()
    done = call(grades, *[word.replace("../", "here/../") for word in words])
    assert isinstance(done.exception, ExportError)
    assert reason in str(done.exception)


def test_a_roster_that_is_none_is_refused_and_nothing_is_written(grades: Path) -> None:
    done = call(grades, "--to", "canvas", "--roster", grades / "grades.db")
    assert isinstance(done.exception, RosterError)
    assert not (grades / "canvas.csv").exists()


def test_a_folder_without_grades_is_refused_and_stays_as_it_was(tmp_path: Path) -> None:
    done = call(tmp_path, "--to", "csv")
    assert isinstance(done.exception, StoreError)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [[], ["--to", "word"], ["--to", "canvas", "--points", "0"]])
def test_a_malformed_call_exits_with_2(grades: Path, words: list[str]) -> None:
    assert call(grades, *words).exit_code == 2
