"""A roster with scores in it, and what its owner must know before it is imported."""

from collections.abc import Iterator
from dataclasses import dataclass

from graders.errors import RosterError
from graders.export.matching import Matches
from graders.export.text import points
from graders.grade import Grade
from graders.names import one_line


@dataclass(frozen=True)
class Merged:
    """The new file's text; the column filled; a line a grade not in it; who sent nothing."""

    text: str
    column: str
    left_out: tuple[str, ...]
    absent: tuple[str, ...]


def left_out(matches: Matches) -> tuple[str, ...]:
    """Say which grades found no cell: unmatched ones, and ungraded ones, which have no score."""
    return (*(f"not matched: {one}" for one in matches.unmatched), *_ungraded(matches))


def _ungraded(matches: Matches) -> Iterator[str]:
    for grade in matches.found.values():
        if grade.score is None:
            yield f"ungraded, no score written: {one_line(grade.name)}: {one_line(grade.reason)}"


def scale(source: str, worth: str, most: float, wanted: float | None) -> float:
    """Return what to multiply scores out of `most` with, for a column that is worth `worth`.

    `worth` is the roster's own text, empty where it says nothing; `wanted` are the points that the
    caller asked for. Raises RosterError rather than write 89.5 where 10 is the most.
    """
    full = most if wanted is None else wanted
    held = _number(worth)
    if held is not None and held != full:
        mend = f"the scores are out of {points(most)}: --points {points(held)} converts them"
        if held == most:
            mend = f"and so are the scores: leave out --points {points(full)}"
        raise RosterError(f"{source}: the column is worth {points(held)} points, {mend}")
    return full / most


def score_text(grade: Grade, factor: float) -> str | None:
    """Return the score as a cell; None where there is none, which is not zero."""
    return None if grade.score is None else points(grade.score * factor)


def _number(text: str) -> float | None:
    """Read a number that may have a decimal comma; None where it is none."""
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None
