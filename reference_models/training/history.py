"""What training leaves behind besides weights: one record an epoch."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Epoch:
    """One pass over the training data.

    `train_loss` and `train_accuracy` are means over the epoch's samples, taken while the weights
    still moved (what the reports plot as training curves); `test_accuracy` is measured after the
    epoch, or None if nobody asked. `seconds` is training alone, without evaluation; members of a
    stack share their epochs, so each carries the whole stack's seconds.
    """

    number: int
    train_loss: float
    train_accuracy: float
    test_accuracy: float | None
    seconds: float


@dataclass(frozen=True)
class History:
    """The epochs of one model's training, first to last, resumed parts included."""

    epochs: tuple[Epoch, ...] = ()

    @property
    def seconds(self) -> float:
        """Training time over all epochs."""
        return sum(epoch.seconds for epoch in self.epochs)

    @property
    def last(self) -> Epoch:
        """The record of the final epoch."""
        return self.epochs[-1]

    def with_epoch(self, epoch: Epoch) -> "History":
        """The same history and one more epoch."""
        return History((*self.epochs, epoch))

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON and checkpoints."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "History":
        """The history that `as_dict` described."""
        return cls(tuple(Epoch(**epoch) for epoch in values["epochs"]))
