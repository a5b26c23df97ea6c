"""One model on one device with its data and recipe: what the suite trains, scores and times."""

from dataclasses import dataclass, replace
from time import perf_counter

from torch import nn

from benchmarks.measure import Accuracy, forward_flops, score, training_flops
from reference_models import Budget, ModelCard
from reference_models.data import Dataset
from reference_models.devices import synchronise
from reference_models.training import History, Recipe, fit, predict

_WARM_UP_BATCHES = 2


@dataclass(frozen=True)
class Trained:
    """A model at the end of its recipe, and how it got there."""

    model: nn.Module
    history: History


@dataclass(frozen=True)
class Trial:
    """A reference model about to be measured. `data` lies on `device` already."""

    card: ModelCard
    device: str
    data: Dataset
    budget: Budget
    seed: int

    @property
    def recipe(self) -> Recipe:
        """How the model is trained under this run's budget."""
        return self.card.recipe(self.budget, len(self.data.train))

    @property
    def reported(self) -> float | None:
        """The test accuracy the report printed, if this trial repeats what it did; else None.

        Only the paper's budget on real data may be set beside what the paper printed.
        """
        printed = self.card.reported
        repeats = self.budget == "paper" and self.data.source == "real"
        if not repeats or printed is None or printed.metric != "test_accuracy":
            return None
        return printed.value

    @property
    def forward_flops(self) -> int:
        """FLOPs of one sample's forward pass."""
        return forward_flops(self.fresh_model(), self.card.input_shape)

    @property
    def training_flops(self) -> int:
        """FLOPs of a whole training: every sample's forward and backward pass, every epoch."""
        one = training_flops(self.fresh_model(), self.card.input_shape)
        return one * len(self.data.train) * self.recipe.epochs

    def fresh_model(self) -> nn.Module:
        """The untrained model on the trial's device; the same weights every time."""
        return self.card.build(self.seed).to(self.device)

    def train(self, model: nn.Module) -> Trained:
        """Train `model` in place by the recipe, without evaluating it."""
        history = fit(model, self.data, self.recipe, seed=self.seed, evaluate=False)
        return Trained(model, history)

    def warm_up(self) -> float:
        """Train and ask a throw-away model for two batches; returns seconds.

        Whatever happens once a process (threads, handles, kernels chosen or compiled) happens here.
        """
        start = perf_counter()
        few = self.data.train.head(_WARM_UP_BATCHES * self.recipe.batch_size)
        model = self.fresh_model()
        fit(model, replace(self.data, train=few), replace(self.recipe, epochs=1), evaluate=False)
        predict(model, few.images, self.recipe.input_scale)
        synchronise(self.device)
        return perf_counter() - start

    def evaluate(self, model: nn.Module) -> Accuracy:
        """The accuracy of `model` on the test split."""
        logits = predict(model, self.data.test.images, self.recipe.input_scale)
        return score(logits, self.data.test.labels)
