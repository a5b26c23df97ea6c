"""One model on one device with its data and recipe: what the suite trains, scores and times."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from math import ceil, prod
from time import perf_counter

import torch
from torch import Tensor, nn

from benchmarks.measure import Cost, forward_cost, peak_memory, training_cost
from reference_models import Budget, ModelCard
from reference_models.data import Dataset, InputScale
from reference_models.devices import synchronise
from reference_models.preparing import prepare
from reference_models.training import (
    History,
    Member,
    Recipe,
    Scores,
    Task,
    evaluate,
    fit,
    frozen_layers,
    predict,
)

BATCH = 256
"""Samples that are answered at once, unless asked otherwise."""
_WARM_UP_STEPS = {"cpu": 2, "cuda": 5}
"""On CUDA the fourth step is recorded, and the fifth the first that costs what all others do."""
_FULL_AFTER = {"cpu": 4, "cuda": 6}
"""Steps after which a training takes no more memory."""


@dataclass(frozen=True)
class Trained:
    """A model at the end of its recipe, and how it got there."""

    model: nn.Module
    history: History


@dataclass(frozen=True)
class Trial:
    """A reference model about to be measured. `data` lies on `device` already.

    `teacher` hands it models to learn from; without, they are trained for it alone.
    What it is asked more than once (its first weights, its FLOPs, what `card.prepare` came to) is
    found out once.
    """

    card: ModelCard
    device: str
    data: Dataset
    budget: Budget
    seed: int
    teacher: "Callable[[Trial, ModelCard], nn.Module] | None" = None

    @property
    def recipe(self) -> Recipe:
        """How the model is trained under this run's budget."""
        return self.card.recipe(self.budget, len(self.data.train))

    @property
    def task(self) -> Task:
        """What the model is asked."""
        return self.recipe.task if self.card.is_trained else self.card.task

    @property
    def input_scale(self) -> InputScale:
        """What the model reads."""
        return self.recipe.input_scale if self.card.is_trained else self.card.input_scale

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
    def samples_per_example(self) -> int:
        """Samples in an example as the card has it: 1, or a whole bag; quick bags are smaller."""
        return prod(self.card.input_shape) // self.data.train.inputs[0].numel()

    @property
    def forward_flops(self) -> int:
        """FLOPs of one example's forward pass."""
        return round(self.forward_cost.flops)

    @cached_property
    def forward_cost(self) -> Cost:
        """What one example's forward pass costs in batches of 256 samples."""
        return self.answering_cost(max(BATCH // self.samples_per_example, 1))

    def answering_cost(self, batch_size: int) -> Cost:
        """What answering one example costs, in batches of so many."""
        return forward_cost(self.untrained, self.card.input_shape, batch_size)

    @cached_property
    def training_cost(self) -> Cost:
        """What `cost_of` says of the trial's own recipe."""
        return self.cost_of(self.recipe)

    def cost_of(self, recipe: Recipe) -> Cost:
        """What a training by `recipe` costs: every example's share of a step, every epoch.

        The recipe's own examples: a quick bag holds fewer samples than the card's. Layers that it
        asks once a sample cost it once.
        """
        samples, stored = recipe.task.samples_per_example, len(self.data.train)
        shown = recipe.samples_an_epoch(stored) // samples * recipe.epochs
        return self.learning_cost(recipe) * shown + self._cost_asked_once(recipe) * stored

    @cached_property
    def step_cost(self) -> Cost:
        """What one example costs in a step of the trial's own recipe, were every layer asked."""
        return self._step_cost(self.recipe)

    def learning_cost(self, recipe: Recipe) -> Cost:
        """What learning from one example costs in `recipe`'s batches: its share of a step.

        What layers cost that are asked before the first step is not in it.
        """
        return self._step_cost(recipe) + self._cost_asked_once(recipe) * -1

    def _step_cost(self, recipe: Recipe) -> Cost:
        shape, batch_size = self.card.input_shape, _examples_a_batch(recipe)
        samples = recipe.task.samples_per_example
        example = shape if samples == 1 else (samples, *shape[1:])
        step = training_cost(self.untrained, example, batch_size, recipe.trains)
        return step + Cost(0, self._update_bytes(recipe) / batch_size)

    def _cost_asked_once(self, recipe: Recipe) -> Cost:
        """What one example costs in the layers that a training by `recipe` asks once, if any.

        They read their weights once in each of the recipe's batches, as in a step: the engine's
        own batches are larger, which saves a probe less than a hundredth of its bytes.
        """
        layers = frozen_layers(Member(self.untrained, recipe), self.data)
        if layers is None:
            return Cost(0, 0)
        return forward_cost(layers, self.card.input_shape, _examples_a_batch(recipe))

    def _update_bytes(self, recipe: Recipe) -> int:
        """What the optimiser reads and writes in a step: weights, gradients and its own state."""
        parameters = self.untrained.named_parameters()
        moved = sum(each.nbytes for name, each in parameters if name.startswith(recipe.trains))
        state = 2 if recipe.optimiser == "adam" else int(recipe.momentum > 0)
        return moved * (3 + 2 * state)

    @property
    def chance(self) -> float:
        """The test accuracy of the best constant answer."""
        return self.task.chance(self.data.test.labels)

    @cached_property
    def untrained(self) -> nn.Module:
        """The model as it is built, on the trial's device: to look at, not to train."""
        return self.build()

    def build(self) -> nn.Module:
        """Build the model and move it; the same weights every time."""
        return self.card.build(self.seed).to(self.device)

    def fresh_model(self) -> nn.Module:
        """A model as it is built, to do with as one likes. Drawing weights anew takes longer."""
        return copy.deepcopy(self.untrained)

    @cached_property
    def _start(self) -> nn.Module:
        """The model as its own training finds it: as built, or with what is learnt before."""
        if self.card.prepare is None:
            return self.untrained
        model = self.fresh_model()
        teacher = self.teacher and partial(self.teacher, self)
        prepare(model, self.card, self.data, self.budget, self.seed, teacher)
        return model

    def prepared_model(self) -> nn.Module:
        """A model as its own training finds it, to do with as one likes."""
        return copy.deepcopy(self._start)

    def train(self, model: nn.Module) -> Trained:
        """Train `model` in place by the recipe, without evaluating it."""
        history = fit(model, self.data, self.recipe, seed=self.seed, evaluate=False)
        return Trained(model, history)

    def warm_up(self) -> float:
        """See to it that what happens once a process (threads, handles, kernels) has happened.

        Returns the seconds that it took, the first time.
        """
        return self.warmup_seconds

    @cached_property
    def warmup_seconds(self) -> float:
        """Seconds of training a throw-away model for a few steps and asking it a batch."""
        start = perf_counter()
        model = self.fresh_model()
        if self.card.is_trained:
            self._train_a_little(model)
            self.answer(
                model, self.examples(ceil(self.recipe.batch_size / self.samples_per_example))
            )
        synchronise(self.device)
        return perf_counter() - start

    def expected_seconds(self) -> float:
        """About how long a training will take, after a few steps of one; warm up first."""
        steps = _steps_an_epoch(self.recipe, len(self.data.train)) * self.recipe.epochs
        history = self._train_a_little(self.fresh_model())
        return history.seconds / _WARM_UP_STEPS[self.device] * steps

    @cached_property
    def training_memory(self) -> int:
        """What `memory_of` says of the trial's own recipe."""
        return self.memory_of(self.recipe)

    def memory_of(self, recipe: Recipe) -> int:
        """Bytes that a training by `recipe` holds at most, its model included and the data not.

        A few steps hold what all do: weights, gradients, the optimiser's state, a batch and its
        activations. What frozen layers make of all samples is asked for a whole epoch only. The
        order of an epoch's samples, 16 bytes each for a moment, is in it in part.
        """
        an_epoch, full = _steps_an_epoch(recipe, len(self.data.train)), _FULL_AFTER[self.device]
        little = replace(recipe, epochs=min(recipe.epochs, ceil(full / an_epoch)))
        if an_epoch > full and not recipe.trains:
            little = replace(little, steps=full)
        self.prepared_model()  # what comes before is not a training's
        return peak_memory(
            lambda: fit(self.prepared_model(), self.data, little, evaluate=False), self.device
        )

    def _train_a_little(self, model: nn.Module) -> History:
        few = replace(self.recipe, epochs=1, steps=_WARM_UP_STEPS[self.device])
        return fit(model, self.data, few, evaluate=False)

    def examples(self, count: int) -> Tensor:
        """Up to `count` stored train examples, `(N, *input_shape)`, as `predict` takes them."""
        split, samples = self.data.train, count * self.samples_per_example
        generator = torch.Generator().manual_seed(self.seed)
        asked = ceil(samples / self.task.samples_per_example)
        drawn = self.task.order(split.labels.cpu(), asked, generator)
        stored = split.inputs[:samples] if drawn is None else split.take(drawn[:samples]).inputs
        return stored.reshape(-1, *self.card.input_shape)

    def answer(self, model: nn.Module, examples: Tensor, batch_size: int = BATCH) -> Tensor:
        """The answers of `model` to stored `examples`, a row each."""
        return predict(model, examples, self.input_scale, batch_size, self.task)

    def answering_memory(self, batch: Tensor) -> int:
        """Bytes that answering stored examples at once holds at most, with the model's own."""
        return peak_memory(lambda: self.answer(self.fresh_model(), batch, len(batch)), self.device)

    def evaluate(self, model: nn.Module) -> Scores:
        """What `model` makes of the test split."""
        return evaluate(model, self.data.test, self.input_scale, self.task)


def _examples_a_batch(recipe: Recipe) -> int:
    return max(recipe.batch_size // recipe.task.samples_per_example, 1)


def _steps_an_epoch(recipe: Recipe, train_samples: int) -> int:
    return ceil(recipe.samples_an_epoch(train_samples) / recipe.batch_size)
