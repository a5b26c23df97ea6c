"""The one list of everything an assignment asks for; nothing else registers anything."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Protocol, TypeVar

from reference_models import bs6207, comp576, cs7cs4, dat565, jhu482
from reference_models.cards import Assignment, Experiment, ModelCard
from reference_models.errors import UnknownIdError

_ASSIGNMENTS: tuple[Assignment, ...] = (
    bs6207.ASSIGNMENT,
    dat565.ASSIGNMENT,
    jhu482.ASSIGNMENT,
    comp576.ASSIGNMENT,
    cs7cs4.ASSIGNMENT,
)


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


_Entry = TypeVar("_Entry", bound=_HasId)


def assignments() -> tuple[Assignment, ...]:
    """Every assignment, in the order of the specification."""
    return _ASSIGNMENTS


def model_cards() -> tuple[ModelCard, ...]:
    """Every model card of every assignment."""
    return tuple(card for assignment in _ASSIGNMENTS for card in assignment.models)


def experiments() -> tuple[Experiment, ...]:
    """Every experiment of every assignment."""
    return tuple(experiment for assignment in _ASSIGNMENTS for experiment in assignment.experiments)


def find_assignment(assignment_id: str) -> Assignment:
    """Return the assignment called `assignment_id`, or raise UnknownIdError with the nearest id."""
    return find_entry("assignment", assignment_id, _ASSIGNMENTS)


def find_model(model_id: str) -> ModelCard:
    """Return the card called `model_id`, or raise UnknownIdError with the nearest id."""
    return find_entry("model", model_id, model_cards())


def find_experiment(experiment_id: str) -> Experiment:
    """Return the experiment called `experiment_id`, or raise UnknownIdError with the nearest id."""
    return find_entry("experiment", experiment_id, experiments())


def experiments_of(ids: Sequence[str]) -> list[Experiment]:
    """Every experiment that `ids` name, each once, in the catalogue's order; all without ids.

    An id is an experiment's, an assignment's, or a model's: then every experiment with an arm of
    it. Raises UnknownIdError with the nearest id.
    """
    wanted: set[str] = set()
    everything: tuple[_HasId, ...] = (*experiments(), *model_cards(), *assignments())
    for each in ids:
        entry = find_entry("experiment, model or assignment", each, everything)
        wanted |= {found.id for found in experiments() if _belongs(found, entry.id)}
    return [found for found in experiments() if not ids or found.id in wanted]


def _belongs(experiment: Experiment, entry_id: str) -> bool:
    course = experiment.id.partition("/")[0]
    return entry_id in {experiment.id, course, *(arm.model for arm in experiment.arms)}


def find_entry(noun: str, wanted: str, entries: Iterable[_Entry]) -> _Entry:
    """Return the last of `entries` with the id, or raise UnknownIdError with the nearest id.

    `noun` says what they are.
    """
    by_id = {entry.id: entry for entry in entries}
    if wanted in by_id:
        return by_id[wanted]
    near = get_close_matches(wanted, by_id, n=1, cutoff=0.4)
    hint = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(by_id)}"
    raise UnknownIdError(f"no {noun} is called '{wanted}'; {hint}")
