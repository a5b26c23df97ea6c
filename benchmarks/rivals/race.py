"""To the accuracy of a report's recipe: its own loop by that recipe, ours by whichever is soonest.

A duel asks who takes less time for the same steps. A student asks how long it takes to be as good.
"""

from dataclasses import dataclass, replace

import torch

from benchmarks.errors import MeasurementError
from benchmarks.measure import Reach, Stopwatch, reach
from benchmarks.rivals.loop import Loop, score_of
from benchmarks.trial import Trial
from reference_models.training import History, Recipe, fit


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

    @property
    def speedup(self) -> tuple[float, float, float]:
        """Their seconds over ours: the median's, the slowest run's and the fastest one's.

        The fastest and the slowest of all are dropped. MeasurementError for a race that is lost.
        """
        ours = self.ours
        if ours.seconds is None or ours.low is None or ours.high is None:
            raise MeasurementError(
                f"{ours.reached} of {ours.runs} runs came to {self.target:.4f}: too few for a time"
            )
        theirs = self.their_seconds
        return theirs / ours.seconds, theirs / ours.high, theirs / ours.low


def race(trial: Trial, theirs: Loop, recipe: Recipe, runs: int) -> Race:
    """Train `trial` by its own recipe with `theirs`, and by `recipe` with ours, from random starts.

    Theirs runs once, in the middle of ours, which run with `runs` seeds, at least five. What the
    recipes ask of the test split, after every epoch mostly, is inside the time; nobody looks at
    validation data. What is learnt before a model's own training is learnt once, for all of them.
    The caller's random state is left as it was.
    """
    data = replace(trial.data, validation=None)

    def train_ours(seed: int) -> History:
        start = replace(trial, seed=seed) if trial.card.prepare is None else trial
        model = start.prepared_model()
        return watch(model, data, recipe, seed=seed)

    watch = Stopwatch(fit)
    with torch.random.fork_rng(devices=[]):
        seeds = range(trial.seed, trial.seed + runs)
        before = [train_ours(seed) for seed in seeds[: runs // 2]]
        rival = Stopwatch(theirs)
        scores = rival(trial.prepared_model(), data, trial.recipe, trial.seed)
        after = [train_ours(seed) for seed in seeds[runs // 2 :]]
    target = scores[-1]
    first = next(epoch for epoch, score in enumerate(scores, start=1) if score >= target)
    passed = [score_of(history) >= target for history in (*before, *after)]
    seconds = [spent if good else None for spent, good in zip(watch.seconds, passed, strict=True)]
    return Race(target, rival.median * first / len(scores), reach(target, seconds))
