"""What comes before a model's own training: another's, of which it takes a part, or a count."""

from functools import partial

from torch import nn

from reference_models.cards import Budget, ModelCard, Teacher
from reference_models.data import Dataset
from reference_models.training.fit import fit


def prepare(
    model: nn.Module,
    card: ModelCard,
    data: Dataset,
    budget: Budget,
    seed: int,
    teacher: Teacher | None = None,
) -> None:
    """Set in place what a `model` of `card` has before its own training; of most cards nothing.

    A model that another one learns from is trained under `budget` from `seed`, unless `teacher`
    hands one out that was.
    """
    if card.prepare is not None:
        card.prepare(model, data, teacher or partial(as_trained, data, budget, seed))


def as_trained(data: Dataset, budget: Budget, seed: int, card: ModelCard) -> nn.Module:
    """A model of `card`, where `data` is, as its recipe leaves it."""
    model = card.build(seed).to(data.train.inputs.device)
    prepare(model, card, data, budget, seed)
    fit(model, data, card.recipe(budget, len(data.train)), seed=seed, evaluate=False)
    return model
