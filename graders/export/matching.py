"""Whose submission it is: grades matched to the people of a roster, nobody silently left out."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graders.grade import Grade
from graders.names import one_line

_WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Person:
    """One row of a roster. `number` is what the system itself calls the person in file names."""

    row: int
    shown: str
    number: str
    ids: frozenset[str]
    names: frozenset[tuple[str, ...]]


@dataclass(frozen=True)
class Matches:
    """Grades by row of the roster; `unmatched` says of each other grade why it has none."""

    found: dict[int, Grade]
    unmatched: tuple[str, ...]
    absent: tuple[str, ...]


def person(row: int, shown: str, number: str, ids: Sequence[str], names: Sequence[str]) -> Person:
    """Describe the person of a row; of an e-mail address the part before the @ is an id too."""
    every = [one for each in ids for one in (each, each.partition("@")[0])]
    return Person(
        row,
        one_line(shown),
        number,
        frozenset(_folded(one) for one in every if one.strip()),
        frozenset(words for words in map(_words, names) if words),
    )


def match(grades: Sequence[Grade], people: Sequence[Person], download: re.Pattern[str]) -> Matches:
    """Find each grade's person.

    What the submission was called when it came counts first: a name as the system gives it on
    download (`download`, with the person's number in group 1), an id, a person's name. What it says
    of itself (`student` in submission.toml) counts only after that. A grade that fits several
    people, and several grades that fit one, are nobody's.
    """
    claims: dict[int, list[Grade]] = {}
    unmatched = []
    for grade in grades:
        fits = next(filter(None, _candidates(grade, people, download)), [])
        if len(fits) == 1:
            claims.setdefault(fits[0].row, []).append(grade)
        else:
            several = ", ".join(one.shown for one in fits)
            why = f"fits several: {several}" if fits else "nobody on the roster fits"
            unmatched.append(f"{_who(grade)}: {why}")
    by_row = {one.row: one for one in people}
    for row, rivals in claims.items():
        if len(rivals) > 1:
            named = " and ".join(_who(grade) for grade in rivals)
            unmatched.append(f"{named}: both fit {by_row[row].shown}")
    return Matches(
        {row: grades[0] for row, grades in claims.items() if len(grades) == 1},
        tuple(unmatched),
        tuple(one.shown for one in people if one.row not in claims),
    )


def _candidates(
    grade: Grade, people: Sequence[Person], download: re.Pattern[str]
) -> Iterator[list[Person]]:
    """Yield who fits, from the surest sign to the least."""
    if found := download.match(grade.name):
        yield [one for one in people if one.number == found[1]]
    for text in (grade.name, grade.student):
        yield [one for one in people if _folded(text) in one.ids]
        yield [one for one in people if _words(text) in one.names]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _words(text: str) -> tuple[str, ...]:
    """Return the words of a name in alphabetical order: 'Lovelace, Ada' is 'Ada Lovelace'."""
    return tuple(sorted(_WORDS.findall(_folded(text))))


def _who(grade: Grade) -> str:
    name, student = one_line(grade.name), one_line(grade.student)
    return name if student == name else f"{name} ({student})"
