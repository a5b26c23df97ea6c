"""How a model is trained, as data: task, optimiser, rates, batch, epochs and input scaling."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from math import ceil
from typing import Any, Literal

import torch
from torch import Tensor

from reference_models.data.scaling import InputScale
from reference_models.errors import RecipeError
from reference_models.training.tasks import CLASSIFICATION, Task

Precision = Literal["float32", "bfloat16"]

_QUICK_SAMPLES = 10_000
"""What eight epochs of the embedded data show a model."""


@dataclass(frozen=True)
class L1:
    """`strength` times the sum of the absolute values of the parameter called `parameter`."""

    strength: float
    parameter: str


@dataclass(frozen=True)
class RateDrops:
    """The learning rate is multiplied by `factor` after every `epochs` epochs."""

    epochs: int
    factor: float


@dataclass(frozen=True)
class Recipe:
    """Everything that training depends on besides the model, the data and the seed.

    `batch_size` is in samples; the last batch of an epoch may be smaller, as with a `DataLoader`
    that drops nothing. `steps` makes an epoch that many batches instead of one pass; with
    `fresh_order` each of them is drawn from a permutation of its own (a sample may come twice an
    epoch). `weight_decay` is the L2 penalty that torch's optimisers add to the gradient of every
    parameter, biases included. `momentum` belongs to SGD, `betas` and `epsilon` to Adam.
    `trains` names the parameters that move, by the beginning of their names; the others are frozen.
    `log_every` notes the loss and accuracy of every so manieth step's own batch in the history,
    measured anew after the update with `log_after_update`, else on the way, before it.
    `precision` is that of products and convolutions in training: with bfloat16 weights, their
    updates, losses and every evaluation stay float32, so a device without fast bfloat16 loses time.
    `test_every` spares most of the evaluations on the test split: it is asked after every so
    manieth epoch, and after the last.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    input_scale: InputScale
    optimiser: Literal["sgd", "adam"] = "sgd"
    momentum: float = 0.0
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.999)
    epsilon: float = 1e-8
    rate_drops: RateDrops | None = None
    l1: L1 | None = None
    task: Task = CLASSIFICATION
    steps: int | None = None
    fresh_order: bool = False
    trains: str = ""
    log_every: int | None = None
    log_after_update: bool = False
    test_every: int = 1
    precision: Precision = "float32"

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch_size < 1 or (self.steps is not None and self.steps < 1):
            raise RecipeError(
                "a recipe needs at least one epoch, one step an epoch and one sample a batch, not "
                f"epochs={self.epochs}, steps={self.steps} and batch_size={self.batch_size}"
            )

    def optimiser_for(self, parameters: Iterable[Tensor]) -> torch.optim.Optimizer:
        """Return the torch optimiser that this recipe describes, over `parameters`.

        Fused kernels update all parameters in one pass over memory; torch has them for the CPU too.
        On CUDA Adam counts its steps there, so that they can be recorded as a graph.
        """
        parameters = list(parameters)
        if self.optimiser == "adam":
            return torch.optim.Adam(
                parameters,
                lr=self.learning_rate,
                betas=self.betas,
                eps=self.epsilon,
                weight_decay=self.weight_decay,
                fused=True,
                capturable=all(each.is_cuda for each in parameters),
            )
        return torch.optim.SGD(
            parameters,
            lr=self.learning_rate,
            momentum=self.momentum,
            weight_decay=self.weight_decay,
            fused=True,
        )

    def ask(self, model: Callable[[Tensor], Any], shown: Tensor) -> Any:
        """What `model` makes of `shown` in a training step: float32, computed in `precision`."""
        if self.precision == "float32":
            return model(shown)
        with torch.autocast(shown.device.type, torch.bfloat16):
            outputs = model(shown)
        if isinstance(outputs, tuple):
            return tuple(each.float() for each in outputs)
        return outputs.float()

    def rate_in(self, epoch: int) -> float:
        """The learning rate during `epoch`, counted from 1."""
        if self.rate_drops is None:
            return self.learning_rate
        drops = (epoch - 1) // self.rate_drops.epochs
        return self.learning_rate * self.rate_drops.factor**drops

    def is_tested(self, epoch: int) -> bool:
        """Whether the test split is asked after `epoch`, counted from 1."""
        return epoch % self.test_every == 0 or epoch == self.epochs

    def samples_an_epoch(self, train_samples: int) -> int:
        """How many samples an epoch shows a model, of a train split of that size."""
        return train_samples if self.steps is None else self.steps * self.batch_size

    def order(self, labels: Tensor, generator: torch.Generator) -> Tensor:
        """Positions of all the samples that one epoch shows, batch after batch.

        `labels` are the train split's, `(N,)` on the CPU.
        """
        shown = self.samples_an_epoch(len(labels))
        drawn = self.task.order(labels, shown // self.task.samples_per_example, generator)
        if drawn is not None:
            return drawn
        once = self.batch_size if self.fresh_order else len(labels)
        passes = [
            torch.randperm(len(labels), generator=generator)[:once]
            for _ in range(-(-shown // once))
        ]
        return torch.cat(passes)[:shown]

    def shortened(self, train_samples: int) -> "Recipe":
        """Return the same recipe for as many whole epochs as show about 10,000 samples.

        It is never longer than it was, and never less than one epoch; an epoch that is a number of
        steps is cut short too.
        """
        most = ceil(_QUICK_SAMPLES / self.batch_size)
        steps = None if self.steps is None else min(self.steps, most)
        shown = train_samples if steps is None else steps * self.batch_size
        return replace(self, epochs=min(self.epochs, ceil(_QUICK_SAMPLES / shown)), steps=steps)

    def as_dict(self) -> dict[str, Any]:
        """The recipe as plain values, for records and for telling two recipes apart."""
        task = {"name": type(self.task).__name__, **asdict(self)["task"]}
        if (corruptions := getattr(self.task, "corruptions", None)) is not None:
            task["corruptions"] = [repr(each) for each in corruptions]
        return {**asdict(self), "task": task}
