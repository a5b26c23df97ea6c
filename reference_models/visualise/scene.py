"""What a picture is made of: a model, trained or loaded, with its data."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from reference_models.cards import Arm, Budget, ModelCard
from reference_models.data import Dataset, InputScale, Split, scale_pixels
from reference_models.preparing import prepare
from reference_models.training import History, Recipe, Task, fit, predict
from reference_models.weights import load_weights

SEARCHED = 500
"""How many test images are looked through for the strongest activation, and the like."""

_MOST_STAGES = 4
_LOGGED_STEPS = 60


@dataclass(frozen=True)
class Scene:
    """A model that is ready to be shown, and where it comes from.

    `recipe` is None for a model that is not trained. `history` is that of its training, empty where
    the weights were loaded; `arm` is the experiment's setting that they come from, if it is known.
    `layer` is the one that was asked for.
    """

    card: ModelCard
    model: nn.Module
    data: Dataset
    recipe: Recipe | None
    budget: Budget
    seed: int
    history: History = field(default_factory=History)
    weights: Path | None = None
    layer: str | None = None
    arm: Arm | None = None

    @property
    def task(self) -> Task:
        """What the model is asked."""
        return self.recipe.task if self.recipe else self.card.task

    @property
    def scale(self) -> InputScale:
        """What the model reads."""
        return self.recipe.input_scale if self.recipe else self.card.input_scale

    @property
    def title(self) -> str:
        """The model's id."""
        return self.card.id

    @property
    def caption(self) -> str:
        """The data, and what the model has seen of it."""
        if self.weights is not None:
            setting = f", arm {self.arm.label}" if self.arm else ""
            return f"{self.data.title}; weights {self.weights.name}{setting}"
        if self.recipe is None:
            return self.data.title
        return f"{self.data.title}; {described(self.recipe, self.budget)}; seed {self.seed}"

    def sample(self, count: int = SEARCHED) -> Split:
        """Up to `count` test samples, evenly spread over a split that may be sorted by class."""
        test = self.data.test
        return test.take(torch.linspace(0, len(test) - 1, min(count, len(test))).long())

    def images(self, count: int = SEARCHED) -> Tensor:
        """The images of that sample, scaled, `(B, C, H, W)`."""
        return scale_pixels(self.sample(count).inputs, self.scale)

    def labels(self, count: int = SEARCHED) -> Tensor:
        """Their labels, `(B,)`."""
        return self.sample(count).labels

    def examples(self, count: int) -> Tensor:
        """Up to `count` test examples as the model is shown them, `(B, *input_shape)`."""
        order = self.task.test_order(self.data.test.labels)
        samples = count * self.task.samples_per_example
        part = self.sample(samples) if order is None else self.data.test.take(order[:samples])
        inputs = scale_pixels(part.inputs, self.scale)
        shown, _ = self.task.example(inputs, part.labels, training=False)
        return shown

    def one_of_each(self, count: int) -> Tensor:
        """Positions in the sample of an image of each of `count` classes, answered right if any."""
        labels = self.labels()
        if len(self.card.input_shape) == 3 and self.card.classes > 1:
            stored = self.sample().inputs
            right = predict(self.model, stored, self.scale, task=self.task).argmax(1) == labels
        else:
            right = torch.ones_like(labels, dtype=torch.bool)
        found = []
        for number in torch.unique(labels).tolist()[:count]:
            mine = (labels == number).nonzero().flatten()
            good = mine[right[mine]]
            found.append(int((good if len(good) else mine)[0]))
        return torch.tensor(found)


def described(recipe: Recipe, budget: Budget) -> str:
    """`quick budget, 8 epochs`; an epoch that is a number of steps says so."""
    epochs = f"{recipe.epochs} epoch{'s' * (recipe.epochs > 1)}"
    steps = "" if recipe.steps is None else f" of {recipe.steps} steps"
    return f"{budget} budget, {epochs}{steps}"


def set_scene(
    card: ModelCard,
    data: Dataset,
    *,
    budget: Budget = "quick",
    seed: int = 0,
    weights: Path | None = None,
    layer: str | None = None,
    arm: Arm | None = None,
    curves: bool = False,
    progress: bool = False,
) -> Scene:
    """Train the model of `card` by its recipe, or load `weights`, ready for pictures.

    `data` is the whole data set; the card's view of it is taken here. Weights that an experiment
    left belong to one of its settings, `arm`, which has a recipe and perhaps a build of its own.
    With `curves` the test figures are measured after every epoch, and the steps of a single epoch
    are logged. Raises CheckpointError for weights that are not this model's.
    """
    seen = (arm or card).view.of(data)
    recipe = card.recipe(budget, len(seen.train)) if card.is_trained else None
    model = card.build(seed, arm.build if arm else None)
    scene = Scene(
        *(card, model, seen, arm.recipe if arm else recipe, budget, seed),
        weights=weights,
        layer=layer,
        arm=arm,
    )
    if weights is not None:
        load_weights(model, weights)
        return scene
    history = _train(scene, model, recipe, evaluate=curves, progress=progress)
    return replace(scene, history=history)


def stages(scene: Scene) -> Mapping[str, nn.Module]:
    """The scene's model, trained afresh from the same start, at growing ages by their names.

    A shorter training is the beginning of a longer one: batches depend on seed and epoch alone.
    """
    recipe = scene.recipe
    if recipe is None:
        return {"untrained": scene.model}
    found: dict[str, nn.Module] = {}
    for name, shorter in {"untrained": None, **_shorter(recipe, len(scene.data.train))}.items():
        model = scene.card.build(scene.seed)
        _train(scene, model, shorter, evaluate=False, progress=False)
        found[name] = model
    return {**found, _length(recipe, len(scene.data.train)): scene.model}


def _train(
    scene: Scene, model: nn.Module, recipe: Recipe | None, *, evaluate: bool, progress: bool
) -> History:
    """Train `model` in place with a random state of its own; without a recipe, prepare it alone."""
    card, data = scene.card, scene.data
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(scene.seed)
        prepare(model, card, data, scene.budget, scene.seed)
        if recipe is None:
            return History()
        if evaluate and recipe.epochs == 1 and recipe.log_every is None:
            every = max(_steps(recipe, len(data.train)) // _LOGGED_STEPS, 1)
            recipe = replace(recipe, log_every=every)
        return fit(model, data, recipe, seed=scene.seed, evaluate=evaluate, progress=progress)


def _steps(recipe: Recipe, train_samples: int) -> int:
    """Optimiser steps an epoch."""
    return -(-recipe.samples_an_epoch(train_samples) // recipe.batch_size)


def _shorter(recipe: Recipe, train_samples: int) -> dict[str, Recipe]:
    """The recipe stopped a half, a quarter and so on of the way, shortest first."""
    by_epoch = recipe.epochs >= 4
    total = recipe.epochs if by_epoch else recipe.epochs * _steps(recipe, train_samples)
    lengths = sorted({total >> halvings for halvings in range(1, _MOST_STAGES)} - {0})
    if by_epoch:
        cut = [replace(recipe, epochs=length) for length in lengths]
    else:
        cut = [replace(recipe, epochs=1, steps=length) for length in lengths]
    return {_length(each, train_samples, by_epoch=by_epoch): each for each in cut}


def _length(recipe: Recipe, train_samples: int, *, by_epoch: bool | None = None) -> str:
    """How long a recipe trains: in epochs, or in steps where they are few."""
    if recipe.epochs >= 4 if by_epoch is None else by_epoch:
        return f"{recipe.epochs} epoch{'s' * (recipe.epochs > 1)}"
    return f"{recipe.epochs * _steps(recipe, train_samples):,} steps"
