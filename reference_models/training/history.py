"""What training leaves behind besides weights: one record an epoch, and a log of steps if asked."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Epoch:
    """One pass over the training data, or as many steps as the recipe calls an epoch.

    `train_loss` and `train_accuracy` are means over the epoch's examples, taken while the weights
    still moved (what the reports plot as training curves); an L1 penalty is not in the loss. The
    others are measured after the epoch, or None if nobody asked or there is no such split. Tasks
    without right and wrong answers have no accuracies. `seconds` is training alone, without
    evaluation; members of a stack share their epochs, so each carries the whole stack's seconds.
    """

    number: int
    train_loss: float
    train_accuracy: float | None
    seconds: float
    validation_loss: float | None = None
    validation_accuracy: float | None = None
    test_loss: float | None = None
    test_accuracy: float | None = None


@dataclass(frozen=True)
class Step:
    """One logged optimiser step of the whole training.

    `number` counts the updates done: a step logged before its update counts from 0, one logged
    after it (`log_after_update`) from 1. Loss and accuracy are those of the step's own batch.
    """

    number: int
    loss: float
    accuracy: float | None


@dataclass(frozen=True)
class History:
    """The epochs of one model's training, first to last, resumed parts included."""

    epochs: tuple[Epoch, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def seconds(self) -> float:
        """Training time over all epochs."""
        return sum(epoch.seconds for epoch in self.epochs)

    @property
    def last(self) -> Epoch:
        """The record of the final epoch."""
        return self.epochs[-1]

    def with_epoch(self, epoch: Epoch, steps: tuple[Step, ...] = ()) -> "History":
        """The same history and one more epoch."""
        return History((*self.epochs, epoch), (*self.steps, *steps))

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON and checkpoints."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "History":
        """The history that `as_dict` described."""
        return cls(
            tuple(Epoch(**epoch) for epoch in values["epochs"]),
            tuple(Step(**step) for step in values["steps"]),
        )
