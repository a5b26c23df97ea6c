"""`gradebench models`: the catalogue, or one model in full."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from graders.commands.tables import table

if TYPE_CHECKING:
    from graders.exercises import Exercise
    from reference_models import Experiment, ModelCard, ReportedFigure
    from reference_models.layers import LayerRow


@click.command()
@click.argument("model", required=False, metavar="[ID]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def models(model: str | None, *, as_json: bool) -> None:
    """List what can be graded, or show the layers, recipes and reported figures of one model.

    Of a function that students write: what it is called with. JSON is of the models alone.
    """
    from graders.exercises import EXERCISES, find_exercise
    from graders.parts import find_part
    from reference_models import find_model, model_cards

    cards = model_cards()
    if model is None:
        listed = f"{_catalogue(cards)}\n\n{_functions(EXERCISES)}"
        click.echo(_json([_summary(card) for card in cards]) if as_json else listed)
    elif as_json:
        click.echo(_json(_details(find_model(model))))
    else:
        find_part(model)
        shown = [_one(card) for card in cards if card.id == model]
        exercise = find_exercise(model)
        click.echo("\n\n".join([*shown, *([_function(exercise)] if exercise else [])]))


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, allow_nan=False)


def _summary(card: "ModelCard") -> dict[str, Any]:
    return {
        "id": card.id,
        "title": card.title,
        "section": card.section,
        "parameters": card.parameters,
        "input_shape": list(card.input_shape),
        "classes": card.classes,
        "dataset": card.dataset,
    }


def _details(card: "ModelCard") -> dict[str, Any]:
    from reference_models.layers import layer_table

    return {
        **_summary(card),
        "layers": [asdict(row) for row in layer_table(card)],
        "recipes": {budget: recipe.as_dict() for budget, recipe in card.recipes.items()},
        "reported": [
            {"experiment": experiment, **asdict(figure)} for experiment, figure in _figures(card)
        ],
        "notes": card.notes,
        "at_chance": dict(card.at_chance),
    }


def _catalogue(cards: "tuple[ModelCard, ...]") -> str:
    rows = [
        (card.id, f"{card.parameters:,}", _shape(card.input_shape), card.dataset, card.title)
        for card in cards
    ]
    return table(("id", "parameters", "input", "data set", "title"), rows)


def _functions(exercises: "tuple[Exercise, ...]") -> str:
    rows = [(each.id, each.signature, each.title) for each in exercises]
    return table(("id", "function", "title"), rows)


def _function(exercise: "Exercise") -> str:
    groups = [f"  {group}" for group in exercise.groups]
    return "\n".join(
        [f"{exercise.id}: {exercise.title}: {exercise.signature}", "Kinds of calls:", *groups]
    )


def _one(card: "ModelCard") -> str:
    from reference_models.layers import layer_table

    return "\n\n".join(
        [
            f"{card.id}: {card.title} ({card.section})",
            _layers(layer_table(card)),
            _recipes(card),
            _reported(card),
            *([card.notes] if card.notes else []),
            *(f"At chance with the {name} budget: {why}" for name, why in card.at_chance.items()),
        ]
    )


def _layers(layers: "tuple[LayerRow, ...]") -> str:
    rows = [(row.name, row.kind, _shape(row.output_shape), f"{row.parameters:,}") for row in layers]
    total = sum(row.parameters for row in layers)
    return table(
        ("layer", "kind", "output", "parameters"), [*rows, ("total", "", "", f"{total:,}")]
    )


def _recipes(card: "ModelCard") -> str:
    if not card.is_trained:
        return "never trained: no recipe"
    recipes = [(budget, recipe.as_dict()) for budget, recipe in card.recipes.items()]
    rows = [
        (name, *(_setting(recipe[name]) for _, recipe in recipes))
        for name in recipes[0][1]
        if any(recipe[name] not in (None, "", ()) for _, recipe in recipes)
    ]
    return table(("recipe", *(budget for budget, _ in recipes)), rows)


def _setting(value: Any) -> str:
    """A recipe's setting in plain words: a table of one name is that name."""
    if isinstance(value, dict):
        rest = ", ".join(f"{key}={value[key]}" for key in value if key != "name")
        return f"{value.get('name', '')} {rest}".strip()
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    return "-" if value is None else str(value)


def _reported(card: "ModelCard") -> str:
    rows = [
        (
            experiment,
            figure.metric,
            f"{figure.value:g}" + (f" +- {figure.uncertainty:g}" if figure.uncertainty else ""),
            figure.arm or "",
            "" if figure.repeat is None else str(figure.repeat),
            _moment(figure),
            figure.read_from,
        )
        for experiment, figure in _figures(card)
    ]
    return table(("reported in", "metric", "value", "arm", "repeat", "when", "read from"), rows)


def _figures(card: "ModelCard") -> "list[tuple[str, ReportedFigure]]":
    """Every figure that the report printed for `card`, with the experiment it belongs to."""
    from reference_models import find_assignment

    return [
        (experiment.id, figure)
        for experiment in find_assignment(card.assignment).experiments
        for figure in experiment.reported
        if card.id in _models_of(figure, experiment)
    ]


def _models_of(figure: "ReportedFigure", experiment: "Experiment") -> set[str]:
    return {arm.model for arm in experiment.arms if figure.arm in (None, arm.label)}


def _moment(figure: "ReportedFigure") -> str:
    """When in a training a figure was taken: after an epoch, at a step, or at the end."""
    if figure.step is not None:
        return f"step {figure.step}"
    return "" if figure.epoch is None else f"epoch {figure.epoch}"


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(str(size) for size in shape)
