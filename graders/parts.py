"""Whether a rubric asks what can be asked: of a model its task, of a function its calls."""

from dataclasses import dataclass

from graders.errors import RubricError
from graders.exercises import EXERCISES, Exercise
from graders.layers import layer_kinds, layers_difference
from graders.questions import recipe_of
from graders.rubric import ArchitectureCriterion, CasesCriterion, Criterion, Rubric
from reference_models import ModelCard, find_assignment, find_entry, model_cards
from reference_models.bs6207 import Bags
from reference_models.training import Classification, Reconstruction

Part = ModelCard | Exercise
"""What can be graded: a model, or a function."""

_OF_BAGS = ("ucc_accuracy", "min_js", "clustering_accuracy")


@dataclass(frozen=True)
class Misfit:
    """A field of a rubric that asks what cannot be asked; `path` is where it stands."""

    path: tuple[str | int, ...]
    reason: str


def find_part(assignment: str) -> Part:
    """Return what is graded under an id; a course's id alone ends in the list of its parts.

    A function comes before a model of the same id. Raises RubricError, or UnknownIdError for an id
    that nobody knows.
    """
    if "/" in assignment:
        gradable: tuple[Part, ...] = (*model_cards(), *EXERCISES)
        return find_entry("model or function", assignment, gradable)
    course = find_assignment(assignment)
    functions = [each.id for each in EXERCISES if each.id.startswith(f"{course.id}/")]
    models = [card.id for card in course.models if card.id not in functions]
    parts = ", ".join([*models, *functions])
    raise RubricError(f"'{assignment}' has several gradable parts, name one of: {parts}")


def misfits(rubric: Rubric, part: Part) -> list[Misfit]:
    """Return every criterion that cannot be asked of `part`."""
    found = []
    for number, criterion in enumerate(rubric.criterion):
        field, reason = _misfit(criterion, part)
        if reason:
            found.append(Misfit(("criterion", number, field), reason))
    return found


def insist_on_fit(rubric: Rubric, part: Part) -> None:
    """Raise RubricError, naming the first criterion that cannot be asked of `part`."""
    for misfit in misfits(rubric, part):
        number = misfit.path[1]
        name = rubric.criterion[number].id if isinstance(number, int) else ""
        raise RubricError(f"the rubric of {rubric.assignment}: '{name}': {misfit.reason}")


def _misfit(criterion: Criterion, part: Part) -> tuple[str, str]:
    """The field that does not fit, and why; an empty reason where all does."""
    if isinstance(part, ModelCard):
        if isinstance(criterion, ArchitectureCriterion) and criterion.shapes:
            return _of_shapes(criterion, part)
        return "metric", _of_model(criterion, part)
    if not isinstance(criterion, CasesCriterion):
        return "metric", f"{part.id} is a function: only 'cases' can be asked of it"
    unknown = [group for group in criterion.groups if group not in part.groups]
    if unknown:
        there = ", ".join(f"'{group}'" for group in part.groups)
        return "groups", f"no calls of {part.function} are called '{unknown[0]}'; there are {there}"
    return "", ""


def _of_model(criterion: Criterion, card: ModelCard) -> str:
    recipe = recipe_of(card)
    task = recipe.task if recipe else card.task
    metric = criterion.metric
    if metric == "cases":
        return f"{card.id} is a model: 'cases' are asked of functions"
    if metric == "accuracy" and not (task.counts_right and card.classes):
        return f"the answers of {card.id} are neither right nor wrong"
    if metric == "reconstruction_loss" and not isinstance(task, Reconstruction):
        return f"{card.id} gives no images back"
    if metric in _OF_BAGS and not isinstance(task, Bags):
        return f"{card.id} counts no classes in bags"
    return _of_timed(metric, card)


def _of_shapes(criterion: ArchitectureCriterion, card: ModelCard) -> tuple[str, str]:
    """What no network can be: one of the card's own shapes, and of other kinds of layers."""
    kinds = layer_kinds(tuple(each.shape) for each in card.build().parameters())
    if not layers_difference(criterion, kinds):
        return "", ""
    field = "allowed" if criterion.forbidden == () else "forbidden"
    if criterion.layers not in (None, kinds):
        field = "layers"
    return field, (
        f"this is not so of {card.id}, whose shapes are asked for, too (its layers are: "
        f"{', '.join(kinds)}): write shapes = false, or leave this out"
    )


def _of_timed(metric: str, card: ModelCard) -> str:
    if metric == "throughput" and not card.answers:
        return f"{card.id} answers nothing that could be checked while it is timed"
    if metric == "training_time" and not _trains_itself(card):
        return f"{card.id} is not trained on samples and their classes alone"
    return ""


def _trains_itself(card: ModelCard) -> bool:
    """Whether samples with their classes are all that the quick recipe needs."""
    recipe = card.recipes.get("quick")
    return recipe is not None and type(recipe.task) is Classification and card.prepare is None
