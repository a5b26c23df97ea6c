"""Train what an experiment asks for: as one stack where that is faster, resuming what was begun."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from itertools import groupby
from math import ceil
from pathlib import Path
from statistics import mean
from time import perf_counter

from torch import Tensor, nn

from benchmarks.measure import measure_trained
from benchmarks.reproduction.runs import TIMINGS, Run
from benchmarks.reproduction.weights import file_name, weights_file
from reference_models import Arm, Budget, Experiment, ModelCard, find_model
from reference_models.data import Dataset
from reference_models.preparing import prepare
from reference_models.training import Epoch, History, Member, Step, fit_stack
from reference_models.training.checkpoints import fingerprint
from reference_models.training.learners import SHARED_BY_A_STACK, stacking_pays
from reference_models.weights import save_weights

_SEED_STRIDE = 1000
"""Keeps the seeds of an experiment's arms apart, however often each is repeated."""

Load = Callable[[str], Dataset]
"""From a data set's name to the data, on the CPU."""


@dataclass(frozen=True)
class _Planned:
    """A model about to be trained."""

    arm: Arm
    position: int
    repeat: int

    @property
    def seed(self) -> int:
        return self.position + _SEED_STRIDE * (self.repeat - 1)

    @property
    def kind(self) -> tuple[object, ...]:
        """What models must have in common to be trained as one stack."""
        recipe = self.arm.recipe
        steps = recipe and [getattr(recipe, name) for name in SHARED_BY_A_STACK]
        return (self.arm.model, self.arm.build, self.arm.view, steps)


@dataclass
class _Work:
    """What every model of a call has in common, and what is kept between them."""

    experiment: Experiment
    load: Load
    budget: Budget
    device: str
    folder: Path | None
    progress: bool
    prepared: dict[tuple[str, str, int], dict[str, Tensor]] = field(default_factory=dict)


def reproduce(
    experiment: Experiment,
    load: Load,
    *,
    budget: Budget = "quick",
    device: str = "cpu",
    seeds: int = 1,
    arms: Sequence[str] | None = None,
    done: Iterable[Run] = (),
    folder: Path | None = None,
    progress: bool = False,
) -> Iterator[tuple[Run, ...]]:
    """Train what is missing of `experiment`; yield the runs as they are finished.

    Every run has a seed of its own, as fresh models had in the reports. An arm is repeated as often
    as the report did, or `seeds` times if that is more; `arms` leaves out those not named. `done`
    are runs that need not be trained again. Below `folder`, a run in progress has a checkpoint that
    the next call finds, and a finished one leaves its weights.
    """
    finished = {(run.arm, run.repeat) for run in done}
    planned = [
        _Planned(arm, position, repeat)
        for position, arm in enumerate(experiment.arms)
        if arms is None or arm.label in arms
        for repeat in range(1, max(experiment.repeats, seeds) + 1)
        if (arm.label, repeat) not in finished
    ]
    work = _Work(experiment, load, budget, device, folder, progress)
    for _, group in groupby(planned, key=lambda each: each.kind):
        yield from _train_group(work, tuple(group))


def _train_group(work: _Work, group: Sequence[_Planned]) -> Iterator[tuple[Run, ...]]:
    """Train models of one kind, at once where that is faster, else one after another."""
    arm = group[0].arm
    card = find_model(arm.model)
    data = arm.view.of(work.load(card.dataset)).to(work.device)
    if arm.recipe is None:
        for planned in group:
            model = _start(work, card, planned, data)
            yield (_run(work, planned, model, History(), data, 0.0, resumed=False),)
        return
    members = [_member(work, card, planned, data) for planned in group]
    size = len(group) if stacking_pays(members) else 1
    for first in range(0, len(group), size):
        part = slice(first, first + size)
        yield _train(work, group[part], members[part], data)


def _member(work: _Work, card: ModelCard, planned: _Planned, data: Dataset) -> Member:
    recipe = planned.arm.recipe
    assert recipe is not None  # noqa: S101 (the caller has seen to it)
    if work.budget == "quick":
        recipe = recipe.shortened(len(data.train))
    return Member(_start(work, card, planned, data), recipe, planned.seed)


def _start(work: _Work, card: ModelCard, planned: _Planned, data: Dataset) -> nn.Module:
    """The model as its own training finds it; arms of one model share what comes before."""
    model = card.build(planned.seed, planned.arm.build).to(work.device)
    if card.prepare is not None:
        key = (card.id, data.key, planned.repeat)
        if key not in work.prepared:
            prepare(model, card, data, work.budget, _SEED_STRIDE * (planned.repeat - 1))
            work.prepared[key] = {n: value.clone() for n, value in model.state_dict().items()}
        model.load_state_dict(work.prepared[key])
    return model


def _train(
    work: _Work, group: Sequence[_Planned], members: Sequence[Member], data: Dataset
) -> tuple[Run, ...]:
    checkpoint = _checkpoint(work, group, members, data)
    resumed = checkpoint is not None and checkpoint.exists()
    start = perf_counter()
    histories = fit_stack(members, data, checkpoint=checkpoint, progress=work.progress)
    seconds = (perf_counter() - start) / len(members)
    runs = tuple(
        _run(work, planned, member.model, history, data, seconds, resumed=resumed)
        for planned, member, history in zip(group, members, histories, strict=True)
    )
    if checkpoint is not None:
        checkpoint.unlink(missing_ok=True)
    return runs


def _checkpoint(
    work: _Work, group: Sequence[_Planned], members: Sequence[Member], data: Dataset
) -> Path | None:
    """A file of its own for every training, so that none finds another's state."""
    if work.folder is None:
        return None
    identity = [
        (planned.arm.label, planned.seed, member.recipe.as_dict())
        for planned, member in zip(group, members, strict=True)
    ]
    mark = fingerprint([work.experiment.id, work.device, data.key, identity])[:12]
    return work.folder / "checkpoints" / f"{file_name(work.experiment.id)}-{mark}.pt"


def _run(
    work: _Work,
    planned: _Planned,
    model: nn.Module,
    history: History,
    data: Dataset,
    seconds: float,
    *,
    resumed: bool,
) -> Run:
    arm = planned.arm
    if work.folder is not None:
        save_weights(model, weights_file(work.folder, work.experiment.id, arm.label, planned.seed))
    return Run(
        arm=arm.label,
        repeat=planned.repeat,
        seed=planned.seed,
        dataset=data.title,
        data_key=data.key,
        train_samples=len(data.train),
        test_samples=len(data.test),
        seconds=seconds,
        resumed=resumed,
        history=history,
        figures=_timings(arm, history, data)
        | {
            name: measure_trained(name, model, data, find_model(arm.model), arm.recipe)
            for name in asked_measures(work.experiment, arm)
        },
    )


def _timings(arm: Arm, history: History, data: Dataset) -> dict[str, float]:
    """How long the training alone took here; of a stack, all its members together."""
    if arm.recipe is None or not history.epochs:
        return {}
    an_epoch = arm.recipe.samples_an_epoch(len(data.train))
    steps = ceil(an_epoch / arm.recipe.batch_size)
    first = history.epochs[0].seconds
    later = mean([epoch.seconds for epoch in history.epochs[1:]] or [first])
    return {
        "train_seconds": history.seconds,
        "first_step_milliseconds": 1000 * first / steps,
        "step_milliseconds": 1000 * later / steps,
    }


def asked_measures(experiment: Experiment, arm: Arm) -> tuple[str, ...]:
    """What is measured of a trained `arm`: its reported figures that no history holds, and more."""
    recorded = {each.name for kind in (Epoch, Step) for each in fields(kind)} | TIMINGS
    reported = [each.metric for each in experiment.reported if each.arm in (None, arm.label)]
    wanted = (*reported, *experiment.measures)
    return tuple(dict.fromkeys(name for name in wanted if name not in recorded))
