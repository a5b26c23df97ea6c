"""The nouns of the catalogue: assignments, model cards, experiments and reported figures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import nn

from reference_models.data import WHOLE, Dataset, DataView, InputScale
from reference_models.errors import RecipeError
from reference_models.training.recipes import Recipe
from reference_models.training.tasks import CLASSIFICATION, Task

Budget = Literal["quick", "paper"]
"""`quick`: seconds on two cores, learns on either data source. `paper`: what the report did."""


@dataclass(frozen=True)
class ReportedFigure:
    """One number as the report printed it.

    `metric` is a field of the history's epochs or steps (`test_accuracy`; `loss` with a `step`), or
    the name of a measure taken of the trained model. Accuracies are fractions in [0, 1];
    `read_from` says how trustworthy the reading is: a figure read by eye off a plot carries its
    `uncertainty` (half-width, same unit as `value`). Without an `epoch` or a `step` it is the final
    figure. `note` says what is known about why ours may differ.
    """

    metric: str
    value: float
    read_from: Literal["text", "table", "figure"]
    arm: str | None = None
    repeat: int | Literal["mean", "std"] | None = None
    epoch: int | None = None
    uncertainty: float = 0.0
    step: int | None = None
    note: str = ""


Teacher = Callable[["ModelCard"], nn.Module]
"""Hands out a card's model as its recipe leaves it, to look at."""

Preparation = Callable[[nn.Module, Dataset, Teacher], None]
"""`prepare(model, data, teacher)` sets in place what a model has before its own training."""


@dataclass(frozen=True)
class ModelCard:
    """A reference model: how to build it, what it must count, and how the report trained it.

    `input_shape` is one example's shape without the batch: `(channels, height, width)` for images,
    `(bag, channels, height, width)` for bags of them. A model without recipes is never trained.
    `classes` is 0 for a model that does not classify. `prepare` does what comes before training:
    a probe's encoder is trained by itself, a baseline counts classes. `view` is the part of the
    real data that the report trained on. `at_chance` says under which budgets a model cannot beat
    guessing, and why.
    `task` and `input_scale` are those of a model without recipes; else the recipe has them.
    """

    id: str
    title: str
    section: str
    module: Callable[[], nn.Module]
    input_shape: tuple[int, ...]
    classes: int
    parameters: int
    dataset: str
    recipes: Mapping[Budget, Recipe]
    reported: ReportedFigure | None = None
    notes: str = ""
    view: DataView = WHOLE
    prepare: Preparation | None = None
    at_chance: Mapping[Budget, str] = field(default_factory=dict)
    task: Task = CLASSIFICATION
    input_scale: InputScale = "raw"

    @property
    def assignment(self) -> str:
        """The assignment's id: `dat565` of `dat565/lenet`."""
        return self.id.partition("/")[0]

    @property
    def is_trained(self) -> bool:
        """Whether the assignment trains this model at all."""
        return bool(self.recipes)

    @property
    def answers(self) -> bool:
        """Whether there is anything to judge: a function without a task gives no answers."""
        return self.is_trained or self.classes > 0

    @property
    def fixture(self) -> str:
        """The pytest fixture's name: `dat565_lenet` of `dat565/lenet`."""
        return self.id.replace("/", "_").replace("-", "_")

    def recipe(self, budget: Budget, train_samples: int) -> Recipe:
        """The recipe of `budget` for a train split of that size.

        A quick recipe is written for the embedded data and shortened on a larger set. Raises
        RecipeError for a model that is never trained.
        """
        if not self.is_trained:
            raise RecipeError(f"{self.id} is not trained by anything: it has no recipe")
        recipe = self.recipes[budget]
        return recipe if budget == "paper" else recipe.shortened(train_samples)

    def build(self, seed: int = 0, module: Callable[[], nn.Module] | None = None) -> nn.Module:
        """Return a freshly initialised model; the caller's random state is left as it was.

        `module` builds an experiment's variant instead of the card's own.
        """
        with torch.random.fork_rng(devices=[]):
            # A tenth of the cost of torch.manual_seed, which keeps a note for every absent GPU.
            torch.default_generator.manual_seed(seed)
            return (module or self.module)()


@dataclass(frozen=True)
class Arm:
    """One setting of an experiment: a label, a model id and what sets it apart.

    `recipe` is None for a model that is not trained; `build` replaces the card's own module where
    an experiment varies the model itself (the width of a recurrent layer).
    """

    label: str
    model: str
    recipe: Recipe | None
    view: DataView = WHOLE
    build: Callable[[], nn.Module] | None = None


@dataclass(frozen=True)
class Experiment:
    """A comparison a report made: its arms, each repeated with fresh seeds, and what it printed.

    `measures` are asked of every trained model, beside those that the reported figures name.
    """

    id: str
    title: str
    section: str
    arms: tuple[Arm, ...]
    repeats: int = 1
    reported: tuple[ReportedFigure, ...] = field(default=())
    measures: tuple[str, ...] = ()
    notes: str = ""


@dataclass(frozen=True)
class Assignment:
    """A course assignment: its models and experiments."""

    id: str
    title: str
    course: str
    models: tuple[ModelCard, ...]
    experiments: tuple[Experiment, ...]
