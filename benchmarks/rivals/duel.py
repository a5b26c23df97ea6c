"""Two ways to train the same models on the same data, in turns: which is how much faster."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats
from torch import nn

from benchmarks.errors import MeasurementError
from benchmarks.measure import Ratio, interleave
from benchmarks.rivals.result import LoopResult
from reference_models import Arm, Experiment, find_model
from reference_models.data import Dataset
from reference_models.training import Member, Recipe, fit_stack

Loop = Callable[..., LoopResult]
"""A rival: `loop(model, data, recipe, seed=0)` trains in place and evaluates after every epoch."""

_SURE = 0.999
"""How sure a duel must be that ours learnt less before it says so: duels are run by the dozen."""


@dataclass(frozen=True)
class Duel:
    """What a duel found: `ratio` is the rival's time over ours, so above 1 ours is the faster.

    The accuracies are test accuracies after the epoch, one a round, each the mean over the members.
    """

    ratio: Ratio
    ours: tuple[float, ...]
    theirs: tuple[float, ...]

    @property
    def learns_no_less(self) -> bool:
        """Whether the rounds leave it open that ours is as accurate as the rival's, or better."""
        lead = np.asarray(self.ours) - np.asarray(self.theirs)
        spread = float(np.std(lead, ddof=1)) / np.sqrt(len(lead))
        reach = float(stats.t.ppf(_SURE, len(lead) - 1)) * spread
        return bool(np.mean(lead) + reach >= 0)


def duel(experiment: Experiment, loop: Loop, data: Dataset, rounds: int) -> Duel:
    """Train one epoch of every member of `experiment` a round, ours and `loop`'s in turns.

    Recipes are the report's; each round has fresh models, the same for both sides. Evaluation on
    the test split after the epoch is inside the time on both sides.
    """
    side = _Side(experiment, data)
    other = _Side(experiment, data)

    def ours() -> None:
        histories = fit_stack(side.next_members(), data)
        side.note([history.last.test_accuracy or 0.0 for history in histories])

    def theirs() -> None:
        members = other.next_members()
        results = [loop(each.model, data, each.recipe, seed=each.seed) for each in members]
        other.note([result.test_accuracies[-1] for result in results])

    ratio = interleave(theirs, ours, rounds)
    return Duel(ratio, tuple(side.accuracies), tuple(other.accuracies))


class _Side:
    """One side's models, fresh every round, and what they came to."""

    def __init__(self, experiment: Experiment, data: Dataset) -> None:
        self.accuracies: list[float] = []
        self._arms = [arm for arm in experiment.arms for _ in range(experiment.repeats)]
        self._device = data.train.inputs.device
        self._seeds = iter(range(1_000_000))

    def next_members(self) -> list[Member]:
        return [self._member(arm, next(self._seeds)) for arm in self._arms]

    def note(self, accuracies: Sequence[float]) -> None:
        self.accuracies.append(float(np.mean(accuracies)))

    def _member(self, arm: Arm, seed: int) -> Member:
        model: nn.Module = find_model(arm.model).build(seed).to(self._device)
        if arm.recipe is None:
            raise MeasurementError(f"{arm.label} is not trained, so nothing can be timed")
        recipe: Recipe = replace(arm.recipe, epochs=1)
        return Member(model, recipe, seed)
