"""What may be graded, and by which rubric: wrong calls end here, before anything is made or run."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from graders.parts import Part
    from graders.rubric import Rubric


def find_gradable(assignment: str | None, rubric: Path | None = None) -> "Part":
    """Return the model or function; a course's id alone ends in the list of its gradable parts.

    Without an id it is what `rubric` is for. Raises RubricError, or UnknownIdError for an id that
    nobody knows.
    """
    from graders.parts import find_part
    from graders.rubric import load_rubric

    if assignment is not None:
        return find_part(assignment)
    if rubric is None:
        raise click.UsageError("Missing option '--assignment', or '--rubric' which names one.")
    return find_part(load_rubric(rubric).assignment)


def rubric_path(rubric: Path | None, part: "Part") -> Path:
    """Return where the rubric is: the caller's, else the bundled one."""
    from graders.rubric import bundled_rubric

    return rubric or bundled_rubric(part.id)


def read_rubric(path: Path, part: "Part", source: Literal["embedded", "real"]) -> "Rubric":
    """Read a rubric that fits; RubricError when it is for something else or other data."""
    from graders.errors import RubricError
    from graders.parts import insist_on_fit
    from graders.rubric import load_rubric

    rubric = load_rubric(path)
    if rubric.assignment != part.id:
        raise RubricError(f"{path}: is for {rubric.assignment}, not for {part.id}")
    insist_on_fit(rubric, part)
    rubric.check_source(source)
    return rubric
