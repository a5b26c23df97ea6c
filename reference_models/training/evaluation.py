"""Scores of models on a split: mean loss, and the share of right answers where there is one."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from reference_models.data.datasets import Split
from reference_models.data.scaling import InputScale, scale_pixels
from reference_models.training.forms import answering
from reference_models.training.predict import EVALUATION_BATCH
from reference_models.training.tasks import Task

_CACHE_BYTES = 6 * 2**20
_FEWEST, _MOST = 32, 2000


@dataclass(frozen=True)
class Scores:
    """What `examples` examples came to: the mean loss, and how many answers were right.

    `right` is None where answers are neither right nor wrong.
    """

    examples: int
    loss: float
    right: int | None

    @property
    def accuracy(self) -> float | None:
        """Right answers over examples."""
        return None if self.right is None else self.right / self.examples


class Tally:
    """Sums of K members' losses and right answers over batches; the device is not waited for."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._loss_sum: Tensor | float = 0.0
        self._right: Tensor | int = 0
        self._examples = 0

    def add(self, losses: Tensor, right: Tensor, samples: int) -> None:
        """Add a batch of so many samples: its mean losses and right answers, both `(K,)`."""
        examples = samples // self._task.samples_per_example
        self._loss_sum = losses * examples + self._loss_sum
        self._right = right + self._right
        self._examples += examples

    def scores(self) -> list[Scores]:
        """Every member's scores; waits for the device."""
        losses: list[float] = torch.as_tensor(self._loss_sum / self._examples).tolist()
        rights: list[int] = torch.as_tensor(self._right).tolist()
        return [
            Scores(self._examples, loss, right if self._task.counts_right else None)
            for loss, right in zip(losses, rights, strict=True)
        ]


def batches_of(
    split: Split, task: Task, samples: int = EVALUATION_BATCH
) -> Iterator[tuple[Tensor, Tensor]]:
    """Stored inputs and labels of `task`'s test examples, in batches of whole examples.

    A batch holds at most so many `samples`, but always one example.
    """
    chosen = task.test_order(split.labels)
    part = split if chosen is None else split.take(chosen)
    size = max(samples // task.samples_per_example, 1) * task.samples_per_example
    return zip(torch.split(part.inputs, size), torch.split(part.labels, size), strict=True)


def samples_at_once(
    model: nn.Module, split: Split, scale: InputScale, task: Task, members: int = 1
) -> int:
    """How many samples to evaluate at a time, so that what a layer makes of them stays in a cache.

    Told by showing `model` the first example, so on a CPU alone, and only as far as layers are
    modules; `members` are evaluated together. Bags of digits through a decoder are asked 1.9 times
    as slowly in batches of 500 as in batches of 32, points of a plane ten times as slowly in those
    of 32 as in those of 500 (docs/training.md).
    """
    if split.inputs.device.type != "cpu":
        return EVALUATION_BATCH
    chosen = task.test_order(split.labels)
    places = torch.arange(len(split)) if chosen is None else chosen
    first = split.take(places[: task.samples_per_example])
    largest = _largest_output(model, scale_pixels(first.inputs, scale), first.labels, task)
    fitting = _CACHE_BYTES * len(first) // (members * max(largest, 1))
    return min(max(fitting, _FEWEST), _MOST)


def _largest_output(model: nn.Module, inputs: Tensor, labels: Tensor, task: Task) -> int:
    """Bytes of the largest tensor that a module of `model` returns, or that it is shown."""
    shown, _ = task.example(inputs, labels, training=False)
    sizes = [shown.nbytes]

    def note(_: nn.Module, __: object, output: object) -> None:
        if isinstance(output, Tensor):
            sizes.append(output.nbytes)

    hooks = [module.register_forward_hook(note) for module in model.modules()]
    try:
        with answering(model), torch.inference_mode():
            model(shown)
    finally:
        for hook in hooks:
            hook.remove()
    return max(sizes)


def evaluate(model: nn.Module, split: Split, scale: InputScale, task: Task) -> Scores:
    """Return what `model`, in evaluation mode, makes of `split`; both live on one device."""
    tally = Tally(task)
    with answering(model) as ask, torch.inference_mode():
        samples = samples_at_once(model, split, scale, task)
        for stored, labels in batches_of(split, task, samples):
            shown, wanted = task.example(scale_pixels(stored, scale), labels, training=False)
            outputs = ask(shown)
            loss, right = task.loss(outputs, wanted), task.right(outputs, wanted)
            tally.add(loss[None], right[None], len(labels))
    return tally.scores()[0]
