"""Scores in the gradebook that an instructor exported from Canvas, ready to be imported again."""

import re
from collections.abc import Sequence

from graders.errors import RosterError
from graders.export.matching import Person, match, person
from graders.export.merged import Merged, left_out, scale, score_text
from graders.export.roster import Roster
from graders.export.text import points
from graders.grade import Grade

_DOWNLOAD = re.compile(r".+?_(?:LATE_)?(\d+)_\d+_.+")
"""What Canvas calls a downloaded submission: name, user's ID, attachment's ID, file."""

_ASSIGNMENT = re.compile(r"(.*)\s\((\d+)\)", re.DOTALL)
_TOTALS = re.compile("(Current|Final|Override) (Score|Points|Grade|Status)")
_IDS = ("ID", "SIS User ID", "SIS Login ID", "Integration ID")
_WORTH = "Points Possible"
_READ_ONLY = "read only"


def canvas(
    roster: Roster, grades: Sequence[Grade], column: str = "", worth: float | None = None
) -> Merged:
    """Write scores into the column called `column`, or into a new one of that name.

    `column` may be an assignment's title, its number or both (`Title (number)`); empty, it is the
    assignment's id. `worth` are the points that all points become. `roster` is changed. Raises
    RosterError where it is no gradebook of Canvas.
    """
    _check(roster)
    place = _place(roster, column or grades[0].conditions.assignment)
    title = roster.head[place]
    row = _worth_row(roster)
    if _READ_ONLY in row[place] or _TOTALS.search(title):
        raise RosterError(f"{roster.source}: Canvas takes no scores in the column '{title}'")
    most = grades[0].most
    factor = scale(roster.source, row[place], most, worth)
    row[place] = row[place] or points(most * factor)
    matches = match(grades, _people(roster), _DOWNLOAD)
    for number, grade in matches.found.items():
        found = roster.rows[number]
        found[place] = score_text(grade, factor) or found[place]
    return Merged(roster.text(), title, left_out(matches), matches.absent)


def _check(roster: Roster) -> None:
    """Insist on the columns without which Canvas refuses the file."""
    names = ("LastName", "FirstName") if "LastName" in roster.head else ("Student",)
    for name in (*names, "ID", "Section"):
        roster.column(name)


def _people(roster: Roster) -> list[Person]:
    return [
        person(
            number,
            _name(roster, row),
            roster.value(row, "ID"),
            [roster.value(row, column) for column in _IDS],
            [_name(roster, row)],
        )
        for number, row in enumerate(roster.rows)
        if _is_person(roster, row)
    ]


def _name(roster: Roster, row: Sequence[str]) -> str:
    parts = [roster.value(row, column) for column in ("Student", "FirstName", "LastName")]
    return " ".join(part for part in parts if part)


def _is_person(roster: Roster, row: Sequence[str]) -> bool:
    """Whether a row is neither blank nor about points nor about how grades are posted."""
    return bool(_name(roster, row)) and _WORTH not in row[0]


def _place(roster: Roster, wanted: str) -> int:
    """Return where the wanted column is; a new one is put before the totals."""
    after = roster.column("Section") + 1
    fits = [
        place
        for place, title in enumerate(roster.head)
        if place >= after and (title == wanted or _fits(title, wanted))
    ]
    if len(fits) > 1:
        named = ", ".join(f"'{roster.head[place]}'" for place in fits)
        raise RosterError(f"{roster.source}: '{wanted}' fits several columns: {named}")
    if fits:
        return fits[0]
    if wanted.isdecimal():
        raise RosterError(f"{roster.source}: has no assignment column with the number {wanted}")
    totals = [place for place, title in enumerate(roster.head) if _TOTALS.search(title)]
    new = next((place for place in totals if place >= after), len(roster.head))
    roster.insert_column(new, wanted)
    return new


def _fits(title: str, wanted: str) -> bool:
    parts = _ASSIGNMENT.fullmatch(title)
    return parts is not None and wanted in parts.groups()


def _worth_row(roster: Roster) -> list[str]:
    """Return the row of points possible, which is made where there is none."""
    for row in roster.rows:
        if row and _WORTH in row[0]:
            return row
    row = [f"    {_WORTH}", *[""] * (len(roster.head) - 1)]
    roster.rows.insert(0, row)
    return row
