"""The two ways to train: one model, or many at once."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from reference_models.data.datasets import Dataset
from reference_models.errors import RecipeError, TrainingError
from reference_models.training.engine import train
from reference_models.training.frozen import without_frozen_layers
from reference_models.training.history import History
from reference_models.training.learners import (
    Learner,
    Member,
    Single,
    Stack,
    check_same_layers,
    check_same_steps,
    stacking_pays,
)
from reference_models.training.recipes import Recipe
from reference_models.training.recording import Recorded


def fit(
    model: nn.Module,
    data: Dataset,
    recipe: Recipe,
    *,
    seed: int = 0,
    evaluate: bool = True,
    checkpoint: Path | None = None,
    progress: bool = False,
) -> History:
    """Train `model` in place, where it and `data` live, and return its history.

    `seed` orders the batches (the weights are the caller's: `ModelCard.build(seed)`). `evaluate`
    measures test accuracy after every epoch. `checkpoint` names a file to resume from and to write
    after every epoch; a resumed run ends bit for bit as one that was never stopped, on one device
    with one number of threads. `progress` shows tqdm on a terminal.

    >>> from reference_models import find_model
    >>> from reference_models.data import load_dataset
    >>> card = find_model("dat565/dense-64-64")
    >>> history = fit(card.build(seed=0), load_dataset("mnist"), card.recipes["quick"])
    >>> history.last.test_accuracy > 0.5
    True
    """
    member = Member(model, recipe, seed)
    return _train_alone(member, data, checkpoint, evaluate=evaluate, progress=progress)


def fit_stack(
    members: Sequence[Member],
    data: Dataset,
    *,
    evaluate: bool = True,
    checkpoint: Path | None = None,
    progress: bool = False,
) -> tuple[History, ...]:
    """Train models of one architecture at once, in place; return their histories in order.

    Each member ends where `fit` alone would have taken it, to float tolerance (a model with dropout
    draws other masks than alone). Rates, decays, momenta and optimisers may differ; epochs, batch
    size and input scale may not (RecipeError). Where stacking would cost time instead of saving it,
    members are trained one after another (see `stacking_pays`), with a checkpoint each: its name
    ends in the member's number.
    """
    if not members:
        raise RecipeError("a stack needs at least one member")
    check_same_layers(members)
    settings = {"evaluate": evaluate, "progress": progress}
    if len(members) == 1:
        return (_train_alone(members[0], data, checkpoint, **settings),)
    if stacking_pays(members):
        return train(_on_its_device(Stack(members)), data, checkpoint=checkpoint, **settings)
    check_same_steps(members)
    histories: list[History] = []
    for number, member in enumerate(members, start=1):
        own = checkpoint and checkpoint.with_name(f"{checkpoint.name}.{number}")
        try:
            histories.append(_train_alone(member, data, own, **settings))
        except TrainingError as error:
            raise TrainingError(f"member {number}: {error}") from error
    return tuple(histories)


def _train_alone(
    member: Member, data: Dataset, checkpoint: Path | None, *, evaluate: bool, progress: bool
) -> History:
    """Train one model, whole where there is a checkpoint: it holds the frozen layers too."""
    moving, shown = member, data
    if checkpoint is None:
        moving, shown = without_frozen_layers(member, data, evaluate=evaluate)
    learner = _on_its_device(Single(moving))
    (history,) = train(learner, shown, evaluate=evaluate, checkpoint=checkpoint, progress=progress)
    if moving is not member:
        member.model.train(moving.model.training)
    return history


def _on_its_device(learner: Learner) -> Learner:
    """The learner as it works fastest where its members live: on CUDA, from a recording.

    Recordings are made on the current device alone.
    """
    device = next(learner.members[0].model.parameters()).device
    current = device.type == "cuda" and device.index == torch.cuda.current_device()
    return Recorded(learner) if current else learner
