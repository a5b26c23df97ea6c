"""A tidy plain-PyTorch loop: tensors in memory, shuffled by index, nothing else done for speed.

What an experienced student writes: no DataLoader, no per-sample work, the model as it stands and
torch's optimiser with its defaults. What Gradebench's engine gains over it is layout and dispatch.
"""

import torch
from torch import nn

from benchmarks.rivals.result import LoopResult, plain_optimiser
from reference_models.data import Dataset, Split, scale_pixels
from reference_models.data.scaling import InputScale
from reference_models.training import Recipe

_EVALUATION_BATCH = 500


def train_tidily(model: nn.Module, data: Dataset, recipe: Recipe, *, seed: int = 0) -> LoopResult:
    """Train `model` in place, where `data` lives, by `recipe`; evaluate after every epoch."""
    generator = torch.Generator().manual_seed(seed)
    optimiser = plain_optimiser(model, recipe)
    loss_function = nn.CrossEntropyLoss()
    images = scale_pixels(data.train.inputs, recipe.input_scale)
    accuracies = []
    for _ in range(recipe.epochs):
        model.train()
        order = torch.randperm(len(images), generator=generator).to(images.device)
        for chosen in torch.split(order, recipe.batch_size):
            optimiser.zero_grad()
            loss = loss_function(model(images[chosen]), data.train.labels[chosen])
            loss.backward()
            optimiser.step()
        accuracies.append(_evaluate(model, data.test, recipe.input_scale))
    return LoopResult(tuple(accuracies))


def _evaluate(model: nn.Module, split: Split, scale: InputScale) -> float:
    model.eval()
    right = 0
    with torch.no_grad():
        for start in range(0, len(split), _EVALUATION_BATCH):
            part = slice(start, start + _EVALUATION_BATCH)
            logits = model(scale_pixels(split.inputs[part], scale))
            right += int((logits.argmax(1) == split.labels[part]).sum())
    return right / len(split)
