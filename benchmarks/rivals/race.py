"""To where a report's recipe ends: its own loop by that recipe, ours by a faster one.

A duel asks who takes less time for the same steps. A student asks how long it takes to be as good.
"""

from dataclasses import dataclass, replace
from math import inf, isnan

import torch

from benchmarks.errors import MeasurementError
from benchmarks.measure import Reach, Stopwatch, reach
from benchmarks.rivals.loop import Loop, score_of
from benchmarks.trial import Trial
from reference_models.errors import TrainingError
from reference_models.training import Recipe, fit


@dataclass(frozen=True)
class Race:
    """What a race came to.

    `target` is the test score that their recipe ends with, `their_seconds` what it takes them until
    the end of their first epoch as good: the report did not know that it could stop there. `ours`
    is how long our whole recipe takes over several seeds, failures counted.
    """

    target: float
    their_seconds: float
    ours: Reach

    @property
    def is_won(self) -> bool:
        """Whether ours came to the target with every seed, or with all but one."""
        return self.ours.reached >= self.ours.runs - 1

    def times_as_fast(self) -> tuple[float, float, float]:
        """Their seconds over those of our median run, of our slowest and of our fastest.

        The fastest and the slowest of all are dropped. MeasurementError for a race that is lost.
        """
        ours, theirs = self.ours, self.their_seconds
        if ours.seconds is None or ours.low is None or ours.high is None:
            raise MeasurementError(
                f"{ours.reached} of {ours.runs} runs came to {self.target:.4f}: too few for a time"
            )
        return theirs / ours.seconds, theirs / ours.high, theirs / ours.low


def race(trial: Trial, theirs: Loop, recipe: Recipe, runs: int) -> Race:
    """Train `trial` by its own recipe with `theirs`, and `runs` times by `recipe` with ours.

    Theirs runs once, with the trial's seed, in the middle of ours, which have the seeds after it:
    at least five. What a recipe asks of the test split, theirs after every epoch mostly, is inside
    its time, and a step taken ahead is not; nobody looks at validation data. A model whose training
    begins with something learnt before begins there in each run. The caller's random state is left
    as it was. Raises MeasurementError where theirs ends in no number.
    """
    trial = replace(trial, data=replace(trial.data, validation=None))
    with torch.random.fork_rng(devices=[]):
        a_step = replace(trial.recipe, epochs=1, steps=1)
        theirs(trial.prepared_model(), trial.data, a_step, trial.seed)
        seeds = range(trial.seed + 1, trial.seed + 1 + runs)
        before = [_train_ours(trial, recipe, seed) for seed in seeds[: runs // 2]]
        clock = Stopwatch(theirs)
        torch.manual_seed(trial.seed)
        scores = clock(trial.prepared_model(), trial.data, trial.recipe, trial.seed)
        after = [_train_ours(trial, recipe, seed) for seed in seeds[runs // 2 :]]
    target = scores[-1]
    if isnan(target):
        raise MeasurementError(f"the report's loop ends {trial.card.id} in no number: no target")
    first = next(epoch for epoch, score in enumerate(scores, start=1) if score >= target)
    spent = [seconds if score >= target else None for seconds, score in (*before, *after)]
    return Race(target, clock.median * first / len(scores), reach(target, spent))


def _train_ours(trial: Trial, recipe: Recipe, seed: int) -> tuple[float, float]:
    """Seconds and the score; a training that comes to no number scores less than anything."""
    start = replace(trial, seed=seed) if trial.card.prepare is None else trial
    model, clock = start.prepared_model(), Stopwatch(fit)
    try:
        history = clock(model, trial.data, recipe, seed=seed)
    except TrainingError:
        return inf, -inf
    return clock.median, score_of(history)
