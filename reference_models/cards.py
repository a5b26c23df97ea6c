"""The nouns of the catalogue: assignments, model cards, experiments and reported figures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import nn

from reference_models.training.recipes import Recipe

Budget = Literal["quick", "paper"]
"""`quick`: seconds on two cores, learns on either data source. `paper`: what the report did."""


@dataclass(frozen=True)
class ReportedFigure:
    """One number as the report printed it.

    Accuracies are fractions in [0, 1]; `read_from` says how trustworthy the reading is: a figure
    read by eye off a plot carries its `uncertainty` (half-width, same unit as `value`).
    """

    metric: str
    value: float
    read_from: Literal["text", "table", "figure"]
    arm: str | None = None
    repeat: int | Literal["mean", "std"] | None = None
    epoch: int | None = None
    uncertainty: float = 0.0


@dataclass(frozen=True)
class ModelCard:
    """A reference model: how to build it, what it must count, and how the report trained it.

    `input_shape` is one sample's shape without the batch, `(channels, height, width)` for images.
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

    @property
    def assignment(self) -> str:
        """The assignment's id: `dat565` of `dat565/lenet`."""
        return self.id.partition("/")[0]

    @property
    def fixture(self) -> str:
        """The pytest fixture's name: `dat565_lenet` of `dat565/lenet`."""
        return self.id.replace("/", "_").replace("-", "_")

    def recipe(self, budget: Budget, train_samples: int) -> Recipe:
        """The recipe of `budget` for a train split of that size.

        A quick recipe is written for the embedded data and shortened on a larger set.
        """
        recipe = self.recipes[budget]
        return recipe if budget == "paper" else recipe.shortened(train_samples)

    def build(self, seed: int = 0) -> nn.Module:
        """Return a freshly initialised model; the caller's random state is left as it was."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return self.module()


@dataclass(frozen=True)
class Arm:
    """One setting of an experiment: a label, a model id and the recipe that sets it apart."""

    label: str
    model: str
    recipe: Recipe


@dataclass(frozen=True)
class Experiment:
    """A comparison a report made: its arms, each repeated with fresh seeds, and what it printed."""

    id: str
    title: str
    section: str
    arms: tuple[Arm, ...]
    repeats: int = 1
    reported: tuple[ReportedFigure, ...] = field(default=())
    notes: str = ""


@dataclass(frozen=True)
class Assignment:
    """A course assignment: its models and experiments."""

    id: str
    title: str
    course: str
    models: tuple[ModelCard, ...]
    experiments: tuple[Experiment, ...]
