"""The reports' own kind of training loop: a DataLoader, a transform per sample, model by model.

This is what the DAT565 report lists and what most coursework does: `torchvision.datasets.MNIST`
turns every stored digit into a PIL image and back on each access, in the main process. It is
written here over a `Split` so that it runs on any data source; what happens per sample is
torchvision's own.
"""

import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils import data as torch_data
from torchvision import transforms

from benchmarks.rivals.result import LoopResult, plain_optimiser
from reference_models.data import Dataset, Split
from reference_models.training import Recipe


class _PerSample(torch_data.Dataset[tuple[Tensor, int]]):
    """`Split` as a map-style data set that transforms each sample when asked."""

    def __init__(self, split: Split, recipe: Recipe) -> None:
        self._images = split.inputs
        self._labels = split.labels
        scaled = recipe.input_scale == "unit"
        self._transform = transforms.ToTensor() if scaled else transforms.PILToTensor()

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        pixels = self._images[index]
        grey = pixels.shape[0] == 1
        image = Image.fromarray(pixels[0].numpy() if grey else pixels.permute(1, 2, 0).numpy())
        return self._transform(image), int(self._labels[index])


def train_like_the_report(
    model: nn.Module, data: Dataset, recipe: Recipe, *, seed: int = 0
) -> LoopResult:
    """Train `model` in place on CPU data by `recipe`, evaluating after every epoch."""
    generator = torch.Generator().manual_seed(seed)
    train = torch_data.DataLoader(
        _PerSample(data.train, recipe), recipe.batch_size, shuffle=True, generator=generator
    )
    test = torch_data.DataLoader(_PerSample(data.test, recipe), recipe.batch_size)
    optimiser = plain_optimiser(model, recipe)
    loss_function = nn.CrossEntropyLoss()
    accuracies = []
    for _ in range(recipe.epochs):
        _train_epoch(model, train, optimiser, loss_function)
        accuracies.append(_evaluate(model, test))
    return LoopResult(tuple(accuracies))


_Batches = torch_data.DataLoader[tuple[Tensor, int]]


def _train_epoch(
    model: nn.Module,
    batches: _Batches,
    optimiser: torch.optim.Optimizer,
    loss_function: nn.Module,
) -> float:
    """One epoch; the running accuracy that the report plots is part of what it costs."""
    model.train()
    right = seen = 0
    for images, labels in batches:
        optimiser.zero_grad()
        logits = model(images.float())
        loss = loss_function(logits, labels)
        loss.backward()
        optimiser.step()
        right += (logits.argmax(1) == labels).sum().item()
        seen += len(labels)
    return right / seen


def _evaluate(model: nn.Module, batches: _Batches) -> float:
    model.eval()
    right = seen = 0
    with torch.no_grad():
        for images, labels in batches:
            right += (model(images.float()).argmax(1) == labels).sum().item()
            seen += len(labels)
    return right / seen
