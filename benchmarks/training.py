"""Training as pytest-benchmark times it: whole trainings, each from a fresh model."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

from benchmarks.measure import Control, Cost, Stopwatch
from benchmarks.trial import Trained, Trial
from reference_models.training import History

_WORTH_SECONDS = 0.5
"""Trainings are repeated for about so long; a longer one averages over the machine's moods."""
_MOST_ROUNDS = 3

Pedantic = Callable[..., Any]
"""`pedantic(target, setup=, rounds=, iterations=)` of pytest-benchmark's fixture."""


@dataclass(frozen=True)
class TimedTraining:
    """One or more trainings of a trial, all from the same start.

    `seconds` is the median round, `model` and `history` are the last round's. `control` was
    timed between the rounds.
    """

    trial: Trial
    model: nn.Module
    history: History
    seconds: float
    control: Control

    @property
    def a_second(self) -> Cost:
        """What was done in a second, averaged over the median round."""
        return self.trial.training_cost * (1 / self.seconds)


def untimed(target: Callable[..., Any], *, setup: Callable[[], Any], **_: int) -> Any:
    """Do what `pedantic` does, once, for a benchmark that times something else."""
    arguments, keywords = setup()
    return target(*arguments, **keywords)


def time_training(trial: Trial, pedantic: Pedantic = untimed) -> TimedTraining:
    """Train fresh models of `trial` in `pedantic`'s timed region: up to three where that is short.

    Making the model happens before the region opens; evaluation is the caller's, after it has
    closed.
    """
    trial.warm_up()
    trial.prepared_model()  # what comes before the training is not in its time
    rounds = int(_WORTH_SECONDS / trial.expected_seconds())
    train, control = Stopwatch(trial.train, trial.device), Control(trial.device)

    def prepare() -> tuple[tuple[nn.Module], dict[str, Any]]:
        control()
        return (trial.prepared_model(),), {}

    with control.watching():
        trained: Trained = pedantic(
            train, setup=prepare, rounds=min(max(rounds, 1), _MOST_ROUNDS), iterations=1
        )
    return TimedTraining(trial, trained.model, trained.history, train.median, control)
