"""The table of students that an instructor exported from Canvas or Moodle, kept as it came."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from graders.errors import RosterError
from graders.names import one_line

_DELIMITERS = (",", ";", "\t")
_MARK = "\ufeff"


@dataclass
class Roster:
    """A CSV file cell by cell, with what it takes to write it the way it was read.

    Every row is at least as long as `head`; blank lines are empty rows.
    """

    source: str
    head: list[str]
    rows: list[list[str]]
    delimiter: str
    newline: str
    marked: bool

    def column(self, name: str) -> int:
        """Return where the column `name` is; raise RosterError where it is not."""
        if name not in self.head:
            held = ", ".join(one_line(title) for title in self.head)
            raise RosterError(f"{self.source}: has no column '{name}'; it has: {held}")
        return self.head.index(name)

    def value(self, row: Sequence[str], name: str) -> str:
        """Return the cell of `row` below `name`, stripped; empty where there is no such column."""
        return row[self.head.index(name)].strip() if row and name in self.head else ""

    def insert_column(self, place: int, name: str) -> None:
        """Add an empty column before the one at `place`."""
        for row in self.rows:
            if row:
                row.insert(place, "")
        self.head.insert(place, name)

    def text(self) -> str:
        """Return the file's text."""
        lines = [self._line(row) for row in (self.head, *self.rows)]
        return "".join([_MARK if self.marked else "", *lines])

    def _line(self, row: Sequence[str]) -> str:
        """Return a row as a line; the writer quotes line breaks of both kinds only for CRLF."""
        written = io.StringIO()
        csv.writer(written, delimiter=self.delimiter, lineterminator="\r\n").writerow(row)
        return written.getvalue().removesuffix("\r\n") + self.newline


def read_roster(path: Path) -> Roster:
    """Read a CSV file; commas, semicolons or tabs may divide it, UTF-8 it must be.

    Raises RosterError in one line where it cannot be read.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise RosterError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise RosterError(f"{path}: is not UTF-8 text: save it as 'CSV UTF-8'") from error
    marked = text.startswith(_MARK)
    text = text.removeprefix(_MARK)
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=lambda one: _count_fields(first, one))
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise RosterError(f"{path}: is not a CSV table: {error}") from error
    if not rows or len(rows[0]) < 2:
        raise RosterError(f"{path}: is not a CSV table with a line of column names")
    newline = "\r\n" if first.endswith("\r") else "\n"
    return Roster(str(path), rows[0], _filled(rows), delimiter, newline, marked)


def _count_fields(line: str, delimiter: str) -> int:
    """Count what `delimiter` divides `line` into; nothing where it makes no sense of it."""
    try:
        return len(next(csv.reader([line], delimiter=delimiter), []))
    except csv.Error:
        return 0


def _filled(rows: list[list[str]]) -> list[list[str]]:
    """Return the rows below the first, short ones made as long as it."""
    width = len(rows[0])
    return [row + [""] * (width - len(row)) if row else row for row in rows[1:]]
