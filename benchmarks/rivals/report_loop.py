"""The reports' own kind of training loop: a DataLoader, a transform per sample, model by model.

This is what the DAT565 report lists and what most coursework does: `torchvision.datasets.MNIST`
turns every stored digit into a PIL image and back on each access, in the main process. It is
written here over a `Split` so that it runs on any data source; what happens per sample is
torchvision's own.
"""

from math import nan
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils import data as torch_data

from benchmarks.rivals.loop import (
    RunningScore,
    Scored,
    freeze,
    order_of_test,
    penalty,
    plain_optimiser,
    set_rate,
)
from reference_models.data import Dataset, Split, scale_pixels
from reference_models.data.scaling import InputScale
from reference_models.training import Recipe


class _PerSample(torch_data.Dataset[tuple[Tensor, int]]):
    """`Split` as a map-style data set that transforms each sample when asked."""

    def __init__(self, split: Split, recipe: Recipe) -> None:
        self._inputs = split.inputs
        self._labels = split.labels
        self._scale: InputScale = recipe.input_scale
        self._transform = _transform(recipe.input_scale)

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        stored, label = self._inputs[index], int(self._labels[index])
        if stored.ndim == 1:  # a point is no image
            return scale_pixels(stored, self._scale), label
        grey = stored.shape[0] == 1
        image = Image.fromarray(stored[0].numpy() if grey else stored.permute(1, 2, 0).numpy())
        return self._transform(image), label


def _transform(scale: InputScale) -> Any:
    """What torchvision's users write for such a scale."""
    from torchvision import transforms  # half a second, of every run that has no rivals

    if scale == "unit":
        return transforms.ToTensor()
    if scale == "signed":
        return transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
    if scale == "standard":
        return transforms.Compose(
            [transforms.PILToTensor(), transforms.Lambda(lambda each: scale_pixels(each, scale))]
        )
    return transforms.PILToTensor()


def train_like_the_report(model: nn.Module, data: Dataset, recipe: Recipe, seed: int = 0) -> Scored:
    """Train `model` in place on CPU data by `recipe`, evaluating when it says so."""
    generator = torch.Generator().manual_seed(seed)
    train, test = _PerSample(data.train, recipe), _PerSample(data.test, recipe)
    asked = _loader(test, order_of_test(recipe, data.test.labels), recipe)
    freeze(model, recipe)
    optimiser = plain_optimiser(model, recipe)
    scores = []
    for epoch in range(1, recipe.epochs + 1):
        set_rate(optimiser, recipe.rate_in(epoch))
        shown = _loader(train, recipe.order(data.train.labels, generator), recipe)
        _train_epoch(model, shown, optimiser, recipe)
        scores.append(_evaluate(model, asked, recipe) if recipe.is_tested(epoch) else nan)
    return tuple(scores)


_Batches = torch_data.DataLoader[tuple[Tensor, int]]


def _loader(samples: _PerSample, order: Tensor, recipe: Recipe) -> _Batches:
    return torch_data.DataLoader(samples, recipe.batch_size, sampler=order.tolist())


def _train_epoch(
    model: nn.Module, batches: _Batches, optimiser: torch.optim.Optimizer, recipe: Recipe
) -> float:
    """One epoch; the running score that the report plots is part of what it costs."""
    model.train()
    running, task = RunningScore(recipe), recipe.task
    for inputs, labels in batches:
        shown, wanted = task.example(inputs.float(), labels, training=True)
        optimiser.zero_grad()
        outputs = recipe.ask(model, shown)
        loss = task.loss(outputs, wanted)
        (loss + penalty(model, recipe)).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        running.add(loss, task.right(outputs, wanted), len(labels))
    return running.score()


def _evaluate(model: nn.Module, batches: _Batches, recipe: Recipe) -> float:
    model.eval()
    running, task = RunningScore(recipe), recipe.task
    with torch.no_grad():
        for inputs, labels in batches:
            shown, wanted = task.example(inputs.float(), labels, training=False)
            outputs = model(shown)
            running.add(task.loss(outputs, wanted), task.right(outputs, wanted), len(labels))
    return running.score()
