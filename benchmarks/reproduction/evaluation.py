"""Saved weights measured again: what a finished training came to, without training."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Accuracy, measure_trained, wilson
from benchmarks.reproduction.train import asked_measures
from benchmarks.reproduction.weights import arm_of
from reference_models import ModelCard, experiments
from reference_models.data import Dataset
from reference_models.training import evaluate
from reference_models.weights import load_weights


@dataclass(frozen=True)
class Evaluation:
    """What weights came to on the test split.

    `setting` is the experiment's arm that left them, if their file's name tells; `accuracy` is None
    where answers are neither right nor wrong. `measures` are those that any experiment asks of
    this model.
    """

    model: str
    setting: str | None
    data: str
    test_examples: int
    loss: float
    accuracy: Accuracy | None
    measures: Mapping[str, float]


def evaluate_weights(card: ModelCard, weights: Path, data: Dataset) -> Evaluation:
    """Measure the safetensors file `weights` of the model of `card` on the test split of `data`.

    Raises CheckpointError for weights that are not this model's.
    """
    arm = arm_of(weights, card.id)
    recipe = arm.recipe if arm else card.recipes.get("paper")
    model = card.build(module=arm.build if arm else None)
    load_weights(model, weights)
    seen = (arm or card).view.of(data)
    task = recipe.task if recipe else card.task
    scale = recipe.input_scale if recipe else card.input_scale
    scores = evaluate(model, seen.test, scale, task)
    return Evaluation(
        card.id,
        arm.label if arm else None,
        seen.title,
        scores.examples,
        scores.loss,
        None if scores.right is None else wilson(scores.right, scores.examples),
        {name: measure_trained(name, model, seen, card, recipe) for name in _asked_of(card)},
    )


def _asked_of(card: ModelCard) -> tuple[str, ...]:
    """The measures that any experiment asks of a model, each once."""
    return tuple(
        dict.fromkeys(
            name
            for experiment in experiments()
            for arm in experiment.arms
            if arm.model == card.id
            for name in asked_measures(experiment, arm)
        )
    )
