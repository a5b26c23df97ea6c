"""What may be graded, and by which rubric: wrong calls end here, before anything is made or run."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from graders.rubric import Rubric
    from reference_models import ModelCard


def find_gradable(assignment: str) -> "ModelCard":
    """Return the model card; a course's id alone ends in the list of its gradable parts.

    Raises RubricError, or UnknownIdError for an id that nobody knows.
    """
    from graders.errors import RubricError
    from reference_models import find_assignment, find_model

    if "/" not in assignment:
        parts = ", ".join(card.id for card in find_assignment(assignment).models)
        raise RubricError(f"'{assignment}' has several gradable parts, name one of: {parts}")
    return find_model(assignment)


def rubric_path(rubric: Path | None, card: "ModelCard") -> Path:
    """Return where the rubric is: the caller's, else the bundled one."""
    from graders.rubric import bundled_rubric

    return rubric or bundled_rubric(card.id)


def read_rubric(path: Path, card: "ModelCard", source: Literal["embedded", "real"]) -> "Rubric":
    """Read a rubric that fits; RubricError when it is for something else or other data."""
    from graders.errors import RubricError
    from graders.rubric import load_rubric

    rubric = load_rubric(path)
    if rubric.assignment != card.id:
        raise RubricError(f"{path}: is for {rubric.assignment}, not for {card.id}")
    rubric.check_source(source)
    return rubric
