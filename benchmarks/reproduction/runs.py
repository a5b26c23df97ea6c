"""What reproducing an experiment leaves behind: runs, and the conditions they were made under."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import torch

from benchmarks.device import device_name
from reference_models import Budget, Experiment
from reference_models.data import Source
from reference_models.training import History

TIMINGS = frozenset({"train_seconds", "first_step_milliseconds", "step_milliseconds"})
"""Figures of the clock: they depend on the machine, so they are shown and never judged."""


@dataclass(frozen=True)
class Run:
    """One model of an experiment: its arm, which repeat of the arm it is, and what it came to.

    `figures` are measures of the trained model, by the names of the reported figures. `dataset`,
    `data_key`, `train_samples` and `test_samples` say what it saw. `seconds` is wall time,
    evaluation after each epoch included; of a stack, each member's equal share. `resumed` says that
    a checkpoint spared part of the work, so `seconds` is not all it took.
    """

    arm: str
    repeat: int
    seed: int
    dataset: str
    data_key: str
    train_samples: int
    test_samples: int
    seconds: float
    resumed: bool
    history: History
    figures: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Run":
        """The run that `asdict` described."""
        return cls(**{**values, "history": History.from_dict(values["history"])})


@dataclass(frozen=True)
class Conditions:
    """Where and how an experiment was trained; runs under the same conditions belong together."""

    experiment: str
    budget: Budget
    data: Source
    device: str
    device_name: str
    threads: int
    torch: str

    @classmethod
    def here(
        cls, experiment: Experiment, budget: Budget, data: Source, device: str
    ) -> "Conditions":
        """The conditions on this machine."""
        return cls(
            experiment.id,
            budget,
            data,
            device,
            device_name(device),
            torch.get_num_threads(),
            torch.__version__,
        )


@dataclass(frozen=True)
class Reproduction:
    """What an experiment came to under one set of conditions, as far as it has been trained."""

    conditions: Conditions
    runs: tuple[Run, ...]
    finished: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    @property
    def may_be_compared(self) -> bool:
        """Whether a reported figure may stand beside it: only the paper's budget on real data."""
        return self.conditions.budget == "paper" and self.conditions.data == "real"

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Reproduction":
        """The reproduction that `as_dict` described."""
        return cls(
            Conditions(**values["conditions"]),
            tuple(Run.from_dict(run) for run in values["runs"]),
            values["finished"],
        )
