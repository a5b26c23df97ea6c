"""What every rival is called with and gives back, and what everybody writes alike."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from reference_models.data import Dataset
from reference_models.training import History, Recipe

Scored = tuple[float, ...]
"""The test score after every epoch: accuracy, or minus the mean loss where nothing is right.

NaN after an epoch that the recipe does not test.
"""

Loop = Callable[[nn.Module, Dataset, Recipe, int], Scored]
"""`loop(model, data, recipe, seed)` trains `model` in place on the CPU, and scores it itself."""


def plain_optimiser(model: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """Return torch's optimiser for `recipe` with torch's defaults: no fused kernels asked for."""
    moving = [each for each in model.parameters() if each.requires_grad]
    if recipe.optimiser == "adam":
        return torch.optim.Adam(
            moving,
            lr=recipe.learning_rate,
            betas=recipe.betas,
            eps=recipe.epsilon,
            weight_decay=recipe.weight_decay,
        )
    return torch.optim.SGD(
        moving,
        lr=recipe.learning_rate,
        momentum=recipe.momentum,
        weight_decay=recipe.weight_decay,
    )


def freeze(model: nn.Module, recipe: Recipe) -> None:
    """Hold still what the recipe does not train."""
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name.startswith(recipe.trains))


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Let `optimiser` go on at another learning rate."""
    for group in optimiser.param_groups:
        group["lr"] = rate


def penalty(model: nn.Module, recipe: Recipe) -> Tensor | float:
    """What the recipe adds to the loss: its L1 penalty, or nothing."""
    if recipe.l1 is None:
        return 0.0
    return recipe.l1.strength * model.get_parameter(recipe.l1.parameter).abs().sum()


def score_of(history: History) -> float:
    """What a training of ours came to on the test split, as rivals score theirs."""
    last = history.last
    if last.test_accuracy is not None:
        return last.test_accuracy
    assert last.test_loss is not None  # noqa: S101 (a history that was evaluated has one)
    return -last.test_loss


def order_of_test(recipe: Recipe, labels: Tensor) -> Tensor:
    """Positions of the samples of the test examples."""
    chosen = recipe.task.test_order(labels)
    return torch.arange(len(labels)) if chosen is None else chosen


class RunningScore:
    """Adds up what batches came to, a number read from each, as most coursework does."""

    def __init__(self, recipe: Recipe) -> None:
        self._task = recipe.task
        self._right = self._examples = 0
        self._loss = 0.0

    def add(self, loss: Tensor, right: Tensor, samples: int) -> None:
        """Add a batch of so many samples, with its mean loss and right answers."""
        examples = samples // self._task.samples_per_example
        self._loss += loss.item() * examples
        self._right += int(right.item())
        self._examples += examples

    def score(self) -> float:
        """The accuracy, or minus the mean loss where answers are neither right nor wrong."""
        total = self._right if self._task.counts_right else -self._loss
        return total / self._examples
