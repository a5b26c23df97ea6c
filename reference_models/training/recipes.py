"""How a model is trained, as data: optimiser, rates, batch, epochs and input scaling."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from math import ceil
from typing import Any, Literal

import torch
from torch import Tensor

from reference_models.data.scaling import InputScale
from reference_models.errors import RecipeError

_QUICK_SAMPLES = 10_000
"""What eight epochs of the embedded data show a model."""


@dataclass(frozen=True)
class Recipe:
    """Everything that training depends on besides the model, the data and the seed.

    The loss is cross-entropy on logits. `batch_size` is in samples; the last batch of an epoch may
    be smaller, as with a `DataLoader` that drops nothing. `weight_decay` is the L2 penalty that
    torch's optimisers add to the gradient of every parameter, biases included. `momentum` belongs
    to SGD; Adam keeps torch's default betas.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    input_scale: InputScale
    optimiser: Literal["sgd", "adam"] = "sgd"
    momentum: float = 0.0
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch_size < 1:
            raise RecipeError(
                "a recipe needs at least one epoch and one sample a batch, "
                f"not epochs={self.epochs} and batch_size={self.batch_size}"
            )

    def optimiser_for(self, parameters: Iterable[Tensor]) -> torch.optim.Optimizer:
        """Return the torch optimiser that this recipe describes, over `parameters`.

        Fused kernels update all parameters in one pass over memory; torch has them for the CPU too.
        """
        if self.optimiser == "adam":
            return torch.optim.Adam(
                parameters, lr=self.learning_rate, weight_decay=self.weight_decay, fused=True
            )
        return torch.optim.SGD(
            parameters,
            lr=self.learning_rate,
            momentum=self.momentum,
            weight_decay=self.weight_decay,
            fused=True,
        )

    def shortened(self, train_samples: int) -> "Recipe":
        """Return the same recipe for as many whole epochs as show about 10,000 samples.

        It is never longer than it was, and never less than one epoch of `train_samples`.
        """
        return replace(self, epochs=min(self.epochs, ceil(_QUICK_SAMPLES / train_samples)))

    def as_dict(self) -> dict[str, Any]:
        """The recipe as plain values, for records and for telling two recipes apart."""
        return asdict(self)
