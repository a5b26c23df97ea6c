"""Training as pytest-benchmark times it: whole trainings, each from a fresh model."""

from dataclasses import dataclass
from typing import Any

from torch import nn

from benchmarks.measure import Control, PeakMemory, Stopwatch
from benchmarks.trial import Trained, Trial
from reference_models.training import History


@dataclass(frozen=True)
class TimedTraining:
    """One or more trainings of a trial, all from the same start.

    `seconds` is the median round, `model` and `history` are the last round's. `peak_bytes` is the
    peak over all rounds, None where it cannot be told. `warmup_seconds` came before and are in no
    round, `control_seconds` are those of a fixed piece of work between the rounds.
    """

    trial: Trial
    model: nn.Module
    history: History
    seconds: float
    warmup_seconds: float
    control_seconds: float
    peak_bytes: int | None

    @property
    def flops_per_second(self) -> float:
        """Forward and backward FLOP/s, averaged over the median round."""
        return self.trial.training_flops / self.seconds


def time_training(benchmark: Any, trial: Trial, rounds: int) -> TimedTraining:
    """Train `rounds` fresh models of `trial` in `benchmark`'s timed region.

    Building the model and moving it happen before the region opens; evaluation is the caller's,
    after it has closed. `benchmark` is pytest-benchmark's fixture, which may be disabled.
    """
    warmup_seconds = trial.warm_up()
    trial.prepared_model()  # what comes before the training is not in its time
    train, control = Stopwatch(trial.train, trial.device), Control(trial.device)

    def prepare() -> tuple[tuple[nn.Module], dict[str, Any]]:
        control()
        return (trial.prepared_model(),), {}

    with PeakMemory(trial.device) as peak:
        trained: Trained = benchmark.pedantic(train, setup=prepare, rounds=rounds, iterations=1)
    return TimedTraining(
        trial,
        trained.model,
        trained.history,
        train.median,
        warmup_seconds,
        control.seconds,
        peak.bytes,
    )
