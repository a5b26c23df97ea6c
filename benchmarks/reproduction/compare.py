"""Reported figures beside ours: means, intervals, and whether the two agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import stats

from benchmarks.measure import wilson
from benchmarks.reproduction.runs import TIMINGS, Reproduction, Run
from reference_models import Experiment, ReportedFigure
from reference_models.training import History

_POPULATION = 0
"""Degrees of freedom taken off a deviation: the reports print the population form."""

_SURE = 0.95
_TEST_ACCURACIES = ("test_accuracy", "final_test_accuracy")


@dataclass(frozen=True)
class Comparison:
    """A reported figure and ours: the mean over `runs` models with a 95 % interval.

    A figure of the report's second run stands beside all of ours, since theirs and ours have no
    seed in common. Of several runs it is Student's interval of their mean; of a single test
    accuracy, Wilson's for the test set. Other figures of a single run, and deviations, have none
    (`low` is None). `agrees` says whether the reported figure is what another run here might well
    have come to; it is None where one run cannot tell: alone it does not know how far seeds lie
    apart, so it can agree but not disagree.
    """

    figure: ReportedFigure
    ours: float
    low: float | None
    high: float | None
    runs: int
    agrees: bool | None


def compare(experiment: Experiment, reproduction: Reproduction) -> tuple[Comparison, ...]:
    """Set every reported figure of `experiment` beside ours, in the report's order.

    A figure of an arm not yet trained, or of an epoch that a short budget never reached, is left
    out.
    """
    rows = (_compare_one(figure, reproduction) for figure in experiment.reported)
    return tuple(row for row in rows if row is not None)


def _compare_one(figure: ReportedFigure, reproduction: Reproduction) -> Comparison | None:
    runs = [run for run in reproduction.runs if figure.arm in (None, run.arm)]
    values = [value for run in runs if (value := _value(figure, run)) is not None]
    if not values:
        return None
    if figure.repeat == "std":
        spread = float(np.std(values, ddof=_POPULATION))
        return Comparison(figure, spread, None, None, len(values), None)
    mean = float(np.mean(values))
    if figure.metric in TIMINGS:
        return Comparison(figure, mean, None, None, len(values), None)
    reach = _reach(figure, values)
    agrees = None if reach is None else abs(mean - figure.value) <= reach + figure.uncertainty
    if len(values) > 1:
        half = _student(values) / sqrt(len(values))
        return Comparison(figure, mean, mean - half, mean + half, len(values), agrees)
    if figure.metric not in _TEST_ACCURACIES:
        return Comparison(figure, mean, None, None, 1, agrees)
    samples = runs[0].test_samples
    single = wilson(round(mean * samples), samples)
    apart = (single.high - single.low) / 2 * sqrt(2) + figure.uncertainty
    near = True if abs(mean - figure.value) <= apart else None  # other seeds may lie further off
    return Comparison(figure, mean, single.low, single.high, 1, near)


def _reach(figure: ReportedFigure, values: Sequence[float]) -> float | None:
    """How far from our mean another run may lie, or another mean of as many runs as reported."""
    if len(values) == 1:
        return None
    theirs = len(values) if figure.repeat == "mean" else 1
    return _student(values) * sqrt(1 / len(values) + 1 / theirs)


def _student(values: Sequence[float]) -> float:
    quantile = float(stats.t.ppf((1 + _SURE) / 2, len(values) - 1))
    return quantile * float(np.std(values, ddof=1))


def _value(figure: ReportedFigure, run: Run) -> float | None:
    if figure.step is not None:
        steps = {step.number: step for step in run.history.steps}
        return _float(getattr(steps.get(figure.step), figure.metric, None))
    if figure.metric in run.figures:
        return run.figures[figure.metric]
    return _of_epoch(figure, run.history)


def _of_epoch(figure: ReportedFigure, history: History) -> float | None:
    wanted = len(history.epochs) if figure.epoch is None else figure.epoch
    if not 1 <= wanted <= len(history.epochs):
        return None
    return _float(getattr(history.epochs[wanted - 1], figure.metric, None))


def _float(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None
