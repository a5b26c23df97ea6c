"""Grades on disk: one SQLite file that a kill or a power cut leaves whole."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from graders.errors import StoreError
from graders.grade import Conditions, Grade
from graders.names import file_name, plain_stem

FILE_NAME = "grades.db"
_OUR_FILES = (
    *(FILE_NAME, "gradebook.csv", "report.html"),
    *("canvas.csv", "moodle.csv", "junit.xml"),
)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS assignment (id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS names (source TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS verdicts (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL, key TEXT NOT NULL, grade TEXT NOT NULL,
    graded_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    UNIQUE (name, key)
);
"""


@dataclass(frozen=True)
class Standing:
    """Grades that may stand in one table, by name; `left_out` are names with none such."""

    grades: list[Grade]
    left_out: list[str]


class Store:
    """The grades of one output folder; every `keep` is durable when it returns."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def name_of(self, source: Path) -> str:
        """Return the name of the submission at `source`, unique in this folder and kept for ever.

        Two submissions called alike never share one: the later gets a number.
        """
        known = self._connection.execute(
            "SELECT name FROM names WHERE source = ?", (str(source.resolve()),)
        ).fetchone()
        if known:
            return str(known[0])
        name = self._free_name(file_name(plain_stem(source) if source.is_file() else source.name))
        with self._connection:
            self._connection.execute(
                "INSERT INTO names VALUES (?, ?)", (str(source.resolve()), name)
            )
        return name

    def grades_by_key(self) -> dict[tuple[str, str], Grade]:
        """Every grade by its name and the key it was given under."""
        rows = self._connection.execute("SELECT name, key, grade FROM verdicts")
        return {(name, key): Grade.model_validate_json(grade) for name, key, grade in rows}

    def keep(self, grade: Grade, key: str) -> Grade:
        """Write `grade` beside those of other contents and conditions, in place of one of the same.

        A verdict stays where the same thing, tried again, could not be judged. Returns the grade
        that stands.
        """
        standing = self._standing(grade.name, key)
        if grade.verdict == "ungraded" and standing and standing.verdict != "ungraded":
            return standing
        with self._connection:
            self._connection.execute(
                "INSERT OR REPLACE INTO verdicts (name, key, grade) VALUES (?, ?, ?)",
                (grade.name, key, grade.model_dump_json()),
            )
        return grade

    def grades(self, conditions: Conditions) -> list[Grade]:
        """The latest grade of every name by the rubric and on the data of `conditions`."""
        rows = self._connection.execute("SELECT grade FROM verdicts ORDER BY number")
        grades = [Grade.model_validate_json(row[0]) for row in rows]
        latest = {each.name: each for each in grades if each.conditions.compares_with(conditions)}
        return [latest[name] for name in sorted(latest)]

    def standing(self) -> Standing:
        """The grades by the rubric and on the data that the latest grade of all was given by.

        Raises StoreError where there is none.
        """
        rows = self._connection.execute("SELECT grade FROM verdicts ORDER BY number DESC")
        grades = [Grade.model_validate_json(row[0]) for row in rows]
        if not grades:
            raise StoreError(f"nothing in {FILE_NAME} has a grade yet")
        standing = self.grades(grades[0].conditions)
        names = {grade.name for grade in standing}
        return Standing(standing, sorted({grade.name for grade in grades} - names))

    def _standing(self, name: str, key: str) -> Grade | None:
        row = self._connection.execute(
            "SELECT grade FROM verdicts WHERE name = ? AND key = ?", (name, key)
        ).fetchone()
        return Grade.model_validate_json(row[0]) if row else None

    def _free_name(self, wanted: str) -> str:
        taken = {
            str(row[0]).casefold() for row in self._connection.execute("SELECT name FROM names")
        }
        if wanted.casefold().startswith(_OUR_FILES):
            wanted = f"submission-{wanted}"
        name, number = wanted, 1
        while name.casefold() in taken:
            number += 1
            name = f"{wanted}-{number}"
        return name


@contextmanager
def open_store(folder: Path, assignment: str) -> Iterator[Store]:
    """Open, or make, the grades of `assignment` in `folder`.

    Raises StoreError when the file there is none of ours or holds another assignment's grades.
    """
    path = folder / FILE_NAME
    with _explained(path), closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.executescript(_SCHEMA)
        _claim(connection, folder, assignment)
        yield Store(connection)


def read_grades(folder: Path) -> Standing:
    """Return what stands in `folder`, of whatever assignment, without changing anything there.

    Raises StoreError when there is no such file, it is none of ours or holds no grade.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise StoreError(f"there are no grades in {folder}: it holds no {FILE_NAME}")
    address = f"{path.absolute().as_uri()}?mode=rw"  # read-only would leave its journals behind
    with _explained(path), closing(sqlite3.connect(address, uri=True)) as connection:
        return Store(connection).standing()


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn what goes wrong with the file at `path` into a StoreError of one line."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}") from error
    except ValidationError as error:
        raise StoreError(
            f"{path} holds a grade that this version cannot read; choose another folder with --out"
        ) from error


def _claim(connection: sqlite3.Connection, folder: Path, assignment: str) -> None:
    row = connection.execute("SELECT id FROM assignment").fetchone()
    if row is None:
        with connection:
            connection.execute("INSERT INTO assignment VALUES (?)", (assignment,))
    elif row[0] != assignment:
        raise StoreError(f"{folder} holds grades of {row[0]}; choose another folder with --out")
