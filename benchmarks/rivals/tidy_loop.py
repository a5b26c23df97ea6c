"""A tidy plain-PyTorch loop: tensors in memory, shuffled by index, nothing else done for speed.

What an experienced student writes: no DataLoader, no per-sample work, the model as it stands and
torch's optimiser with its defaults. What Gradebench's engine gains over it is layout and dispatch.
"""

from math import nan

import torch
from torch import Tensor, nn

from benchmarks.rivals.loop import (
    RunningScore,
    Scored,
    freeze,
    order_of_test,
    penalty,
    plain_optimiser,
    set_rate,
)
from reference_models.data import Dataset, scale_pixels
from reference_models.training import Recipe

_EVALUATION_BATCH = 500


def train_tidily(model: nn.Module, data: Dataset, recipe: Recipe, seed: int = 0) -> Scored:
    """Train `model` in place by `recipe`; evaluate when it says so."""
    generator = torch.Generator().manual_seed(seed)
    freeze(model, recipe)
    optimiser = plain_optimiser(model, recipe)
    train = scale_pixels(data.train.inputs, recipe.input_scale)
    test = scale_pixels(data.test.inputs, recipe.input_scale)
    scores = []
    for epoch in range(1, recipe.epochs + 1):
        set_rate(optimiser, recipe.rate_in(epoch))
        model.train()
        order = recipe.order(data.train.labels, generator)
        for chosen in torch.split(order, recipe.batch_size):
            shown, wanted = recipe.task.example(
                train[chosen], data.train.labels[chosen], training=True
            )
            optimiser.zero_grad()
            loss = recipe.task.loss(recipe.ask(model, shown), wanted) + penalty(model, recipe)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        tested = recipe.is_tested(epoch)
        scores.append(_evaluate(model, test, data.test.labels, recipe) if tested else nan)
    return tuple(scores)


def _evaluate(model: nn.Module, inputs: Tensor, labels: Tensor, recipe: Recipe) -> float:
    model.eval()
    running, task = RunningScore(recipe), recipe.task
    size = max(_EVALUATION_BATCH // task.samples_per_example, 1) * task.samples_per_example
    with torch.no_grad():
        for chosen in torch.split(order_of_test(recipe, labels), size):
            shown, wanted = task.example(inputs[chosen], labels[chosen], training=False)
            outputs = model(shown)
            running.add(task.loss(outputs, wanted), task.right(outputs, wanted), len(chosen))
    return running.score()
