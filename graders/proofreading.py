"""All that is wrong with a rubric's file at once, for whoever writes it."""

from dataclasses import dataclass
from pathlib import Path

from graders.parts import Part, find_part, misfits
from graders.rubric import (
    AnswersCriterion,
    ArchitectureCriterion,
    InvalidRubricError,
    MeasuredCriterion,
    Problem,
    Rubric,
    ThroughputCriterion,
    TrainingTimeCriterion,
    load_rubric,
)
from graders.toml_lines import line_of
from reference_models import GradebenchError, ModelCard

_SOURCES = ("embedded", "real")


@dataclass(frozen=True)
class Proof:
    """A rubric that was read, or the problems why not; `notes` are what its author may not mean."""

    rubric: Rubric | None = None
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def proofread(path: Path) -> Proof:
    """Read a rubric and look for everything that is wrong with it.

    Raises RubricError for a file that is not there, or no TOML.
    """
    try:
        rubric = load_rubric(path)
    except InvalidRubricError as error:
        return Proof(problems=error.problems)
    text = path.read_text("utf-8")
    try:
        part = find_part(rubric.assignment)
    except GradebenchError as error:
        return Proof(problems=(_problem(text, ("assignment",), str(error)),))
    found = tuple(_problem(text, each.path, each.reason) for each in misfits(rubric, part))
    return Proof(problems=found) if found else Proof(rubric, notes=tuple(_notes(rubric, part)))


def _problem(text: str, path: tuple[str | int, ...], reason: str) -> Problem:
    field = ".".join(step for step in path if isinstance(step, str))
    return Problem(line_of(text, path), field, reason)


def _notes(rubric: Rubric, part: Part) -> list[str]:
    notes = []
    for source in _SOURCES:
        lacking = [
            one.id
            for one in rubric.criterion
            if isinstance(one, MeasuredCriterion) and source not in one.curve
        ]
        if lacking:
            notes.append(f"not for --data {source}: {', '.join(lacking)} has no curve.{source}")
    if isinstance(part, ModelCard):
        notes += _surprising_bounds(rubric, part)
        notes += _surprising_speeds(rubric, part)
        notes += _answers_of_other_layers(rubric)
    return notes


def _surprising_speeds(rubric: Rubric, card: ModelCard) -> list[str]:
    """What the assignment's own network, or recipe, would not earn beside itself."""
    return [
        f"'{one.id}': {card.id} itself, at a ratio of 1, earns {one.curve(1):g} of {one.points:g}"
        for one in rubric.criterion
        if isinstance(one, ThroughputCriterion | TrainingTimeCriterion)
        and one.curve(1) < one.points
    ]


def _answers_of_other_layers(rubric: Rubric) -> list[str]:
    """What is asked of the assignment's own layers alone, though others may come."""
    layers = [one for one in rubric.criterion if isinstance(one, ArchitectureCriterion)]
    free = [one.id for one in layers if not one.shapes]
    return [
        f"'{one.id}' earns nothing with layers that '{free[0]}' allows and the assignment has not"
        for one in rubric.criterion
        if free and isinstance(one, AnswersCriterion)
    ]


def _surprising_bounds(rubric: Rubric, card: ModelCard) -> list[str]:
    """What the assignment's own network would not meet."""
    return [
        f"'{one.id}': {card.id} itself has {card.parameters:,} parameters, not {expected}"
        for one in rubric.criterion
        if one.metric == "parameters"
        for expected, held in [one.verdict(card.parameters)]
        if not held
    ]
