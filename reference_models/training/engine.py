"""The epoch loop: shuffle on the host, gather on the device, read results once an epoch."""

import math
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from reference_models.data.datasets import Dataset, Split
from reference_models.data.scaling import scale_pixels
from reference_models.devices import synchronise
from reference_models.errors import TrainingError
from reference_models.training.checkpoints import fingerprint, load_checkpoint, save_checkpoint
from reference_models.training.history import Epoch, History
from reference_models.training.learners import Learner
from reference_models.training.predict import EVALUATION_BATCH

_SEED_STRIDE = 1_000_003
"""Keeps the batch orders of (seed, epoch) pairs apart for any realistic number of epochs."""


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
        losses, accuracies, seconds = _epoch(learner, data.train, number)
        _check_losses(losses, number)
        tested = _test_accuracies(learner, data.test) if evaluate else [None] * len(losses)
        histories = tuple(
            history.with_epoch(Epoch(number, loss, accuracy, test, seconds))
            for history, loss, accuracy, test in zip(
                histories, losses, accuracies, tested, strict=True
            )
        )
        if checkpoint is not None:
            content = {
                "learner": learner.state(),
                "histories": [history.as_dict() for history in histories],
            }
            save_checkpoint(checkpoint, identity, content)
    learner.finish()
    return histories


def _epoch(learner: Learner, split: Split, number: int) -> tuple[list[float], list[float], float]:
    """Train one epoch; return each member's mean loss and accuracy, and the seconds it took."""
    device = split.images.device
    members = len(learner.members)
    loss_sum = torch.zeros(members, device=device)
    right = torch.zeros(members, dtype=torch.int64, device=device)
    synchronise(device)
    start = time.perf_counter()
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(learner.members[0].seed * _SEED_STRIDE + number)
        for inputs, labels in _batches(learner, split, number):
            losses, correct = learner.step(inputs, labels)
            loss_sum += losses * labels.shape[1]
            right += correct
    synchronise(device)
    seconds = time.perf_counter() - start
    mean_losses: list[float] = (loss_sum / len(split)).tolist()
    accuracies: list[float] = (right / len(split)).tolist()
    return mean_losses, accuracies, seconds


def _batches(learner: Learner, split: Split, number: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield `(K, B, C, H, W)` float inputs and `(K, B)` labels, every member in its own order."""
    recipe = learner.members[0].recipe
    orders = torch.stack(
        [_order(len(split), member.seed, number) for member in learner.members]
    ).to(split.images.device)
    for columns in torch.split(orders, recipe.batch_size, dim=1):
        chosen = columns.reshape(-1)
        pixels = split.images.index_select(0, chosen)
        inputs = scale_pixels(pixels, recipe.input_scale)
        yield (
            inputs.view(*columns.shape, *pixels.shape[1:]),
            split.labels.index_select(0, chosen).view(columns.shape),
        )


def _order(samples: int, seed: int, epoch: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed * _SEED_STRIDE + epoch)
    return torch.randperm(samples, generator=generator)


def _test_accuracies(learner: Learner, split: Split) -> list[float | None]:
    right = torch.zeros(len(learner.members), dtype=torch.int64, device=split.images.device)
    scale = learner.members[0].recipe.input_scale
    batches = zip(
        torch.split(split.images, EVALUATION_BATCH),
        torch.split(split.labels, EVALUATION_BATCH),
        strict=True,
    )
    for pixels, labels in batches:
        answers = learner.logits(scale_pixels(pixels, scale)).argmax(-1)
        right += (answers == labels).sum(-1)
    return [count / len(split) for count in right.tolist()]


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
        "learner": type(learner).__name__,
        "members": [(member.recipe.as_dict(), member.seed) for member in learner.members],
        "data": data.key,
        "evaluate": evaluate,
    }
