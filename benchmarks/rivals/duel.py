"""Two ways to train the same models on the same data, in turns: which is how much faster."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
import torch

from benchmarks.errors import MeasurementError
from benchmarks.measure import Ratio, Stopwatch, compare
from benchmarks.rivals.loop import Loop, score_of
from benchmarks.trial import Trial
from reference_models import Arm, Experiment, find_model
from reference_models.bs6207 import Bags
from reference_models.data import Dataset
from reference_models.training import Member, fit, fit_stack
from reference_models.training.engine import train
from reference_models.training.learners import SHARED_BY_A_STACK, Stack

Start = Callable[[int], Sequence[Member]]
"""From a round's number to its models, fresh, and the same ones whenever it is asked."""

Side = Callable[[Sequence[Member], Dataset], Sequence[float]]
"""Trains the members, in place, and returns the test score of each."""

_SURE = 0.999
"""How sure a duel must be that ours learnt less before it says so: duels are run by the dozen."""


@dataclass(frozen=True)
class Duel:
    """What a duel found: `ratio` is the rival's time over ours, so above 1 ours is the faster.

    `ours` and `theirs` are test scores after the epoch, one a round, each the mean over the
    members: accuracies, or minus the losses where answers are neither right nor wrong.
    """

    ratio: Ratio
    ours: tuple[float, ...]
    theirs: tuple[float, ...]

    @property
    def learns_no_less(self) -> bool:
        """Whether the rounds leave it open that ours is as good as the rival's, or better."""
        from scipy.stats import t  # takes a second, of every run that has no rivals

        lead = np.asarray(self.ours) - np.asarray(self.theirs)
        spread = float(np.std(lead, ddof=1)) / np.sqrt(len(lead))
        reach = float(t.ppf(_SURE, len(lead) - 1)) * spread
        return bool(np.mean(lead) + reach >= 0)


def duel(start: Start, data: Dataset, theirs: Side, ours: Side, rounds: int) -> Duel:
    """Train one epoch of every member a round, ours and theirs in turns, both from one start.

    Evaluation on the test split after the epoch is inside the time on both sides; making the models
    is not, and nobody looks at validation data. One round goes ahead untimed; fewer than six others
    raise MeasurementError. The caller's random state is left as it was.
    """
    asked = replace(data, validation=None)
    turns = (_Turn(theirs, asked), _Turn(ours, asked))
    watches = [Stopwatch(turn) for turn in turns]
    with torch.random.fork_rng(devices=[]):
        for number in range(rounds + 1):
            members = start(number)
            for turn in turns:
                turn.get_ready(members, number)
            for call in (watches if number % 2 else watches[::-1]) if number else turns:
                call()
    ratio = compare(watches[0].seconds, watches[1].seconds)
    return Duel(ratio, tuple(turns[1].scores), tuple(turns[0].scores))


def by_loop(loop: Loop) -> Side:
    """The side of a rival that trains model by model."""

    def side(members: Sequence[Member], data: Dataset) -> list[float]:
        return [loop(each.model, data, each.recipe, each.seed)[-1] for each in members]

    return side


def by_stack(members: Sequence[Member], data: Dataset) -> list[float]:
    """Our side: as stacks, where that is the faster, of what can step together."""
    scores: list[float] = []
    for _, group in groupby(members, key=_kind):
        scores += [score_of(history) for history in fit_stack(tuple(group), data)]
    return scores


def in_bfloat16(members: Sequence[Member], data: Dataset) -> Sequence[float]:
    """Our side with products and convolutions of training steps in bfloat16."""
    return by_stack(
        [replace(each, recipe=replace(each.recipe, precision="bfloat16")) for each in members], data
    )


def always_stacked(members: Sequence[Member], data: Dataset) -> list[float]:
    """Our engine with every stack that can be, whether it pays or not."""
    scores: list[float] = []
    for _, group in groupby(members, key=_kind):
        learner = Stack(tuple(group))
        histories = train(learner, data, evaluate=True, checkpoint=None, progress=False)
        scores += [score_of(history) for history in histories]
    return scores


def one_by_one(members: Sequence[Member], data: Dataset) -> list[float]:
    """Our own engine, one model after another."""
    return [score_of(fit(each.model, data, each.recipe, seed=each.seed)) for each in members]


def start_of_experiment(experiment: Experiment, steps: int | None = None) -> Start:
    """Every model of `experiment`, each for one epoch of the report's recipe, or so many steps.

    All on the same data and from weights drawn at random, whatever views and preparations it has.
    """
    arms = [arm for arm in experiment.arms for _ in range(experiment.repeats)]

    def start(number: int) -> list[Member]:
        return [_member(arm, number * len(arms) + place, steps) for place, arm in enumerate(arms)]

    return start


def start_of_trial(trial: Trial) -> Start:
    """The one model of `trial`, for one epoch of its recipe; rounds differ in their order.

    Bags are asked for as few as can be: their test takes longer than their quick training.
    """
    recipe = replace(trial.recipe, epochs=1)
    if isinstance(recipe.task, Bags):
        recipe = replace(recipe, task=replace(recipe.task, test_batches=1))
    return lambda number: [Member(trial.prepared_model(), recipe, number)]


class _Turn:
    """What one side does in a round, and the scores that it came to."""

    def __init__(self, side: Side, data: Dataset) -> None:
        self._side = side
        self._data = data
        self._members: Sequence[Member] = ()
        self.scores: list[float] = []

    def get_ready(self, members: Sequence[Member], seed: int) -> None:
        self._members = [replace(each, model=copy.deepcopy(each.model)) for each in members]
        torch.manual_seed(seed)

    def __call__(self) -> None:
        self.scores.append(float(np.mean(self._side(self._members, self._data))))


def _member(arm: Arm, seed: int, steps: int | None) -> Member:
    if arm.recipe is None:
        raise MeasurementError(f"{arm.label} is not trained, so nothing can be timed")
    model = find_model(arm.model).build(seed, arm.build)
    recipe = replace(arm.recipe, epochs=1, steps=steps or arm.recipe.steps)
    return Member(model, recipe, seed)


def _kind(member: Member) -> tuple[object, ...]:
    """What neighbours must have in common to be trained as one stack."""
    shapes = [tuple(each.shape) for each in member.model.parameters()]
    shared = [getattr(member.recipe, name) for name in SHARED_BY_A_STACK]
    return (str(member.model), shapes, shared)
