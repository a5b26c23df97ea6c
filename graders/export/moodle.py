"""Scores and comments in the offline grading worksheet of a Moodle assignment."""

import re
from collections.abc import Sequence
from html import escape

from graders.export.feedback import comments
from graders.export.matching import Person, match, person
from graders.export.merged import Merged, left_out, scale, score_text
from graders.export.roster import Roster
from graders.export.text import as_cell
from graders.grade import Grade

_DOWNLOAD = re.compile(r".+?_(\d+)_assignsubmission_.+")
"""What Moodle calls a downloaded submission: name, participant's number, kind."""

_NEEDED = ("Identifier", "Grade", "Last modified (grade)")
_IDS = ("Identifier", "Email address", "ID number", "Username")
_COMMENTS = "Feedback comments"
_NUMBER = re.compile(r"\d+$")


def moodle(roster: Roster, grades: Sequence[Grade], worth: float | None = None) -> Merged:
    """Write scores, and comments where the worksheet has a column for them.

    `worth` are the points that all points become. `Last modified (grade)` stays as it is: by it
    Moodle sees grades that were changed since. `roster` is changed. Raises RosterError where it is
    no worksheet of Moodle's in English.
    """
    for name in _NEEDED:
        roster.column(name)
    people = _people(roster)
    most = grades[0].most
    matches = match(grades, people, _DOWNLOAD)
    for number, grade in matches.found.items():
        row = roster.rows[number]
        factor = scale(roster.source, roster.value(row, "Maximum Grade"), most, worth)
        score = score_text(grade, factor)
        if score is not None:
            row[roster.column("Grade")] = score
            _comment(roster, row, grade)
    return Merged(roster.text(), "Grade", left_out(matches), matches.absent)


def _comment(roster: Roster, row: list[str], grade: Grade) -> None:
    """Write the comments, which Moodle takes for HTML."""
    if _COMMENTS in roster.head:
        lines = (escape(line, quote=False) for line in comments(grade).splitlines())
        row[roster.column(_COMMENTS)] = as_cell("<br>".join(lines))


def _people(roster: Roster) -> list[Person]:
    people = []
    for place, row in enumerate(roster.rows):
        identifier = roster.value(row, "Identifier")
        number = _NUMBER.search(identifier)
        name = roster.value(row, "Full name")
        if number:
            ids = [number[0], *(roster.value(row, column) for column in _IDS)]
            people.append(person(place, name or identifier, number[0], ids, [name, identifier]))
    return people
