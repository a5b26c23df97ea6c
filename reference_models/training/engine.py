"""The epoch loop: shuffle on the host, gather on the device, read results once an epoch."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from reference_models.data.datasets import Dataset, Split
from reference_models.data.scaling import scale_pixels
from reference_models.devices import synchronise
from reference_models.errors import TrainingError
from reference_models.training.checkpoints import fingerprint, load_checkpoint, save_checkpoint
from reference_models.training.evaluation import Scores, Tally, batches_of, samples_at_once
from reference_models.training.history import Epoch, History, Step
from reference_models.training.learners import Learner
from reference_models.training.recipes import Recipe

_SEED_STRIDE = 1_000_003
"""Keeps the batch orders of (seed, epoch) pairs apart for any realistic number of epochs."""


@dataclass(frozen=True)
class _Trained:
    """An epoch's running scores, its seconds, and the logged steps of every member."""

    scores: list[Scores]
    seconds: float
    steps: list[tuple[Step, ...]]


def train(
    learner: Learner,
    data: Dataset,
    *,
    evaluate: bool,
    checkpoint: Path | None,
    progress: bool,
) -> tuple[History, ...]:
    """Train every member of `learner` on `data.train`; return their histories in order.

    The order of batches depends on the member's seed and the epoch alone, which is what makes a
    resumed run equal to one that was never stopped. With `checkpoint`, state is written after every
    epoch and found again by the next call. Raises TrainingError when a loss is not a number, and
    CheckpointError for a checkpoint that is damaged or of another run.
    """
    recipe = learner.members[0].recipe
    identity = fingerprint(_identity(learner, data, evaluate=evaluate))
    histories = _resume(learner, checkpoint, identity)
    at_once = _samples_at_once(learner, data) if evaluate else 0
    done = len(histories[0].epochs)
    epochs = tqdm(
        range(done + 1, recipe.epochs + 1),
        "training",
        total=recipe.epochs,
        initial=done,
        unit="epoch",
        disable=None if progress else True,
    )
    for number in epochs:
        trained = _epoch(learner, data.train, number)
        _check_losses([scores.loss for scores in trained.scores], number)
        validated = _evaluate(learner, data.validation if evaluate else None, at_once)
        asked = evaluate and recipe.is_tested(number)
        tested = _evaluate(learner, data.test if asked else None, at_once)
        histories = tuple(
            history.with_epoch(_record(index, number, trained, validated, tested), steps)
            for index, (history, steps) in enumerate(zip(histories, trained.steps, strict=True))
        )
        if checkpoint is not None:
            content = {
                "learner": learner.state(),
                "histories": [history.as_dict() for history in histories],
            }
            save_checkpoint(checkpoint, identity, content)
    learner.finish()
    return histories


def _record(
    member: int,
    number: int,
    trained: _Trained,
    validated: list[Scores] | None,
    tested: list[Scores] | None,
) -> Epoch:
    return Epoch(
        number=number,
        train_loss=trained.scores[member].loss,
        train_accuracy=trained.scores[member].accuracy,
        seconds=trained.seconds,
        validation_loss=validated[member].loss if validated else None,
        validation_accuracy=validated[member].accuracy if validated else None,
        test_loss=tested[member].loss if tested else None,
        test_accuracy=tested[member].accuracy if tested else None,
    )


def _epoch(learner: Learner, split: Split, number: int) -> _Trained:
    """Train one epoch of every member."""
    device = split.inputs.device
    tally = Tally(learner.members[0].recipe.task)
    learner.begin(number)
    synchronise(device)
    start = time.perf_counter()
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        _seed(learner.members[0].seed * _SEED_STRIDE + number, device)
        log = _StepLog(learner, number, len(split))
        for inputs, labels in _batches(learner, split, number):
            losses, right = learner.step(inputs, labels)
            tally.add(losses, right, labels.shape[1])
            log.note(losses, right, inputs, labels)
    synchronise(device)
    seconds = time.perf_counter() - start
    return _Trained(tally.scores(), seconds, log.steps())


def _seed(seed: int, device: torch.device) -> None:
    """As `torch.manual_seed`, which on a CPU too takes 0.8 ms to note who asked CUDA for a seed."""
    if device.type == "cpu":
        torch.default_generator.manual_seed(seed)
    else:
        torch.manual_seed(seed)


class _StepLog:
    """The losses and accuracies of the steps that the recipe wants logged."""

    def __init__(self, learner: Learner, epoch: int, samples: int) -> None:
        self._learner = learner
        self._recipe = learner.members[0].recipe
        passes = self._recipe.samples_an_epoch(samples)
        self._next = (epoch - 1) * math.ceil(passes / self._recipe.batch_size)
        self._noted: list[tuple[int, Tally]] = []

    def note(self, losses: Tensor, right: Tensor, inputs: Tensor, labels: Tensor) -> None:
        """Note the step just taken, if it is one of those wanted."""
        after = self._recipe.log_after_update
        number, self._next = self._next + after, self._next + 1
        every = self._recipe.log_every
        if every is None or number % every:
            return
        if after:
            losses, right = self._learner.score(inputs, labels)
        tally = Tally(self._recipe.task)
        tally.add(losses, right, labels.shape[1])
        self._noted.append((number, tally))

    def steps(self) -> list[tuple[Step, ...]]:
        """The logged steps of every member."""
        read = [(number, tally.scores()) for number, tally in self._noted]
        return [
            tuple(Step(number, s[member].loss, s[member].accuracy) for number, s in read)
            for member in range(len(self._learner.members))
        ]


def _batches(learner: Learner, split: Split, number: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield `(K, B, ...)` float inputs and `(K, B)` labels, every member in its own order."""
    recipe = learner.members[0].recipe
    labels = split.labels.cpu()
    orders = torch.stack(
        [_order(recipe, labels, member.seed, number) for member in learner.members]
    ).to(split.inputs.device)
    for columns in torch.split(orders, recipe.batch_size, dim=1):
        chosen = columns.reshape(-1)
        stored = split.inputs.index_select(0, chosen)
        inputs = scale_pixels(stored, recipe.input_scale)
        yield (
            inputs.view(*columns.shape, *stored.shape[1:]),
            split.labels.index_select(0, chosen).view(columns.shape),
        )


def _order(recipe: Recipe, labels: Tensor, seed: int, epoch: int) -> Tensor:
    """Positions of all the samples that an epoch shows a member, batch after batch."""
    generator = torch.Generator().manual_seed(seed * _SEED_STRIDE + epoch)
    return recipe.order(labels, generator)


def _samples_at_once(learner: Learner, data: Dataset) -> int:
    member, members = learner.members[0], len(learner.members)
    recipe = member.recipe
    return samples_at_once(member.model, data.test, recipe.input_scale, recipe.task, members)


def _evaluate(learner: Learner, split: Split | None, samples: int) -> list[Scores] | None:
    """Every member's scores on `split`, so many `samples` at once; None where there is no split."""
    if split is None:
        return None
    recipe = learner.members[0].recipe
    members = len(learner.members)
    tally = Tally(recipe.task)
    for stored, labels in batches_of(split, recipe.task, samples):
        inputs = scale_pixels(stored, recipe.input_scale)
        losses, right = learner.score(
            inputs.expand(members, *inputs.shape), labels.expand(members, -1)
        )
        tally.add(losses, right, len(labels))
    return tally.scores()


def _check_losses(losses: list[float], epoch: int) -> None:
    for member, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            who = f"member {member}'s" if len(losses) > 1 else "the"
            raise TrainingError(
                f"{who} loss is not a number in epoch {epoch}; lower the learning rate or scale "
                "the inputs (checkpoints of earlier epochs are kept)"
            )


def _resume(learner: Learner, checkpoint: Path | None, identity: str) -> tuple[History, ...]:
    content = load_checkpoint(checkpoint, identity) if checkpoint is not None else None
    if content is None:
        return tuple(History() for _ in learner.members)
    learner.restore(content["learner"])
    return tuple(History.from_dict(values) for values in content["histories"])


def _identity(learner: Learner, data: Dataset, *, evaluate: bool) -> dict[str, object]:
    model = learner.members[0].model
    return {
        "layers": [(name, list(value.shape)) for name, value in model.state_dict().items()],
        "architecture": str(model),
        "learner": learner.kind,
        "members": [(member.recipe.as_dict(), member.seed) for member in learner.members],
        "data": data.key,
        "evaluate": evaluate,
    }
