"""What every rival returns, and the optimiser as everybody calls it."""

from dataclasses import dataclass

import torch
from torch import nn

from reference_models.training import Recipe


@dataclass(frozen=True)
class LoopResult:
    """Test accuracy after every epoch, as fractions."""

    test_accuracies: tuple[float, ...]


def plain_optimiser(model: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """Return torch's optimiser for `recipe` with torch's defaults: no fused kernels asked for."""
    if recipe.optimiser == "adam":
        return torch.optim.Adam(
            model.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
        )
    return torch.optim.SGD(
        model.parameters(),
        lr=recipe.learning_rate,
        momentum=recipe.momentum,
        weight_decay=recipe.weight_decay,
    )
