"""Train an experiment of a report and set every figure it printed beside ours."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import product
from math import sqrt
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from scipy import stats

from benchmarks.device import device_name
from benchmarks.measure import wilson
from reference_models import Arm, Budget, Experiment, ReportedFigure, find_model
from reference_models.data import Dataset, Source
from reference_models.training import History, Member, fit, fit_stack

_POPULATION = 0
"""Degrees of freedom taken off a deviation: the reports print the population form."""


@dataclass(frozen=True)
class Run:
    """One trained model: its arm, which repeat of the arm it is, its seed and its history."""

    arm: str
    repeat: int
    seed: int
    history: History


@dataclass(frozen=True)
class Reproduction:
    """An experiment as trained here. `seconds` is wall time, evaluation after each epoch included.

    `resumed` says that a checkpoint spared part of the work, so `seconds` is not all it took.
    """

    experiment: str
    budget: Budget
    data: Source
    dataset: str
    data_key: str
    test_samples: int
    device: str
    device_name: str
    threads: int
    torch: str
    finished: str
    seconds: float
    resumed: bool
    runs: tuple[Run, ...]

    @property
    def may_be_compared(self) -> bool:
        """Whether a reported figure may stand beside it: only the paper's budget on real data."""
        return self.budget == "paper" and self.data == "real"

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Comparison:
    """A reported figure and ours: the mean over `runs` models with a 95 % interval.

    Of several runs it is Student's interval of their mean; of a single test accuracy, Wilson's for
    the test set. A train figure of a single run, and a deviation, have none (`low` is None).
    """

    figure: ReportedFigure
    ours: float
    low: float | None
    high: float | None
    runs: int


def reproduce(
    experiment: Experiment,
    data: Dataset,
    *,
    budget: Budget = "quick",
    device: str = "cpu",
    checkpoint: Path | None = None,
    progress: bool = False,
) -> Reproduction:
    """Train every arm of `experiment` as often as the report did, all members in one stack.

    Every run has a seed of its own, as fresh models had in the reports. `checkpoint` is written
    after each epoch and found again by the next call.
    """
    runs = [
        (arm, repeat, seed)
        for seed, (arm, repeat) in enumerate(
            product(experiment.arms, range(1, experiment.repeats + 1))
        )
    ]
    resumed = checkpoint is not None and checkpoint.exists()
    members = [_member(arm, seed, budget, data, device) for arm, _, seed in runs]
    start = perf_counter()
    histories = _train(members, data.to(device), checkpoint, progress=progress)
    return Reproduction(
        experiment=experiment.id,
        budget=budget,
        data=data.source,
        dataset=data.title,
        data_key=data.key,
        test_samples=len(data.test),
        device=device,
        device_name=device_name(device),
        threads=torch.get_num_threads(),
        torch=torch.__version__,
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=perf_counter() - start,
        resumed=resumed,
        runs=tuple(
            Run(arm.label, repeat, seed, history)
            for (arm, repeat, seed), history in zip(runs, histories, strict=True)
        ),
    )


def compare(experiment: Experiment, reproduction: Reproduction) -> tuple[Comparison, ...]:
    """Set every reported figure of `experiment` beside ours, in the report's order.

    A figure of an epoch that a short budget never reached is left out.
    """
    rows = (_compare_one(figure, reproduction) for figure in experiment.reported)
    return tuple(row for row in rows if row is not None)


def _member(arm: Arm, seed: int, budget: Budget, data: Dataset, device: str) -> Member:
    card = find_model(arm.model)
    recipe = arm.recipe if budget == "paper" else arm.recipe.shortened(len(data.train))
    return Member(card.build(seed).to(device), recipe, seed)


def _train(
    members: Sequence[Member], data: Dataset, checkpoint: Path | None, *, progress: bool
) -> tuple[History, ...]:
    if len(members) > 1:
        return fit_stack(members, data, checkpoint=checkpoint, progress=progress)
    (only,) = members
    history = fit(
        only.model, data, only.recipe, seed=only.seed, checkpoint=checkpoint, progress=progress
    )
    return (history,)


def _compare_one(figure: ReportedFigure, reproduction: Reproduction) -> Comparison | None:
    runs = [
        run
        for run in reproduction.runs
        if figure.arm in (None, run.arm)
        and (not isinstance(figure.repeat, int) or run.repeat == figure.repeat)
    ]
    values = [_value(figure, run.history) for run in runs]
    measured = [value for value in values if value is not None]
    if not measured:
        return None
    if figure.repeat == "std":
        return Comparison(figure, float(np.std(measured, ddof=_POPULATION)), None, None, len(runs))
    low, high = _interval(figure.metric, measured, reproduction.test_samples)
    return Comparison(figure, float(np.mean(measured)), low, high, len(runs))


def _value(figure: ReportedFigure, history: History) -> float | None:
    wanted = history.last.number if figure.epoch is None else figure.epoch
    if not 1 <= wanted <= len(history.epochs):
        return None
    value: float | None = getattr(history.epochs[wanted - 1], figure.metric)
    return value


def _interval(
    metric: str, values: Sequence[float], test_samples: int
) -> tuple[float, float] | tuple[None, None]:
    if len(values) > 1:
        spread = float(np.std(values, ddof=1)) / sqrt(len(values))
        reach = float(stats.t.ppf(0.975, len(values) - 1)) * spread
        mean = float(np.mean(values))
        return mean - reach, mean + reach
    if metric != "test_accuracy":
        return None, None
    single = wilson(round(values[0] * test_samples), test_samples)
    return single.low, single.high
