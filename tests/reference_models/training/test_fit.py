from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from benchmarks.device import cpu_and_cuda
from reference_models import find_model
from reference_models.data import Dataset, scale_pixels
from reference_models.errors import CheckpointError, TrainingError
from reference_models.training import Member, RateDrops, engine, fit, fit_stack
from reference_models.training.learners import stacking_pays

from .small import RECIPE, small, weights


@pytest.mark.parametrize("device", cpu_and_cuda())
def test_training_learns(device: str, blobs: Dataset) -> None:
    recipe = replace(RECIPE, epochs=20, learning_rate=0.01)
    history = fit(small().to(device), blobs.to(device), recipe)
    assert history.last.test_accuracy == 1.0
    assert history.last.train_loss < history.epochs[0].train_loss
    assert [epoch.number for epoch in history.epochs] == list(range(1, 21))


@pytest.mark.parametrize("build", [small, find_model("dat565/lenet").build])
def test_training_is_the_textbook_loop(build: Callable[[], nn.Module], blobs: Dataset) -> None:
    trained, by_hand = build(), build()
    fit(trained, blobs, replace(RECIPE, epochs=2), seed=5)
    for epoch in (1, 2):
        order = engine._order(RECIPE, blobs.train.labels, 5, epoch)
        assert sorted(order.tolist()) == list(range(len(blobs.train)))
        for chosen in order.split(32):
            inputs = scale_pixels(blobs.train.inputs[chosen], "unit")
            loss = cross_entropy(by_hand(inputs), blobs.train.labels[chosen])
            by_hand.zero_grad()
            loss.backward()
            with torch.no_grad():
                for parameter in by_hand.parameters():
                    parameter.sub_(0.05 * (parameter.grad + 1e-3 * parameter))
    torch.testing.assert_close(weights(trained), weights(by_hand))


def test_a_seed_repeats_a_run_and_another_does_not(blobs: Dataset) -> None:
    first, again, other = small(), small(), small()
    for model, seed in ((first, 1), (again, 1), (other, 2)):
        fit(model, blobs, RECIPE, seed=seed)
    assert torch.equal(weights(first), weights(again))
    assert not torch.equal(weights(first), weights(other))


def test_training_leaves_the_callers_random_state_alone(blobs: Dataset) -> None:
    before = torch.random.get_rng_state()
    fit(small(), blobs, RECIPE)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_unasked_evaluation_is_not_done(blobs: Dataset) -> None:
    history = fit(small(), blobs, RECIPE, evaluate=False)
    assert [epoch.test_accuracy for epoch in history.epochs] == [None] * 3


def test_the_test_split_may_be_asked_less_often(blobs: Dataset) -> None:
    held = replace(blobs, validation=blobs.test)
    often, seldom = (
        fit(small(), held, replace(RECIPE, epochs=5, test_every=every)) for every in (1, 2)
    )
    asked = [epoch.test_accuracy for epoch in seldom.epochs]
    everything = [epoch.test_accuracy for epoch in often.epochs]
    assert asked == [None, everything[1], None, everything[3], everything[4]]
    assert all(epoch.validation_accuracy is not None for epoch in seldom.epochs)


def test_dropout_draws_anew_and_repeats_with_the_seed(blobs: Dataset) -> None:
    def build() -> nn.Module:
        model = small()
        assert isinstance(model, nn.Sequential)
        return nn.Sequential(model[0], nn.Dropout(0.5), *model[1:])

    runs = [build() for _ in range(3)]
    for model, seed in zip(runs, (1, 1, 2), strict=True):
        fit(model, blobs, RECIPE, seed=seed)
    assert torch.equal(weights(runs[0]), weights(runs[1]))
    assert not torch.equal(weights(runs[0]), weights(runs[2]))


def test_rates_drop_on_their_epochs(blobs: Dataset) -> None:
    dropping = replace(RECIPE, epochs=4, rate_drops=RateDrops(2, 0.0))
    stopped, short = small(), small()
    fit(stopped, blobs, dropping)
    fit(short, blobs, replace(RECIPE, epochs=2))
    assert torch.equal(weights(stopped), weights(short))


@pytest.mark.parametrize(("fresh", "steps"), [(False, 7), (True, 7), (False, 2)])
def test_an_epoch_may_be_a_number_of_steps(fresh: bool, steps: int, blobs: Dataset) -> None:
    recipe = replace(RECIPE, steps=steps, fresh_order=fresh)
    order = engine._order(recipe, blobs.train.labels, 0, 1)
    assert len(order) == steps * 32
    blocks = order.split(32 if fresh else len(blobs.train))
    assert all(len(block.unique()) == len(block) for block in blocks)


def test_logged_steps_are_counted_over_the_whole_training(blobs: Dataset) -> None:
    recipe = replace(RECIPE, epochs=2, steps=6, log_every=4)
    history = fit(small(), blobs, recipe)
    assert [step.number for step in history.steps] == [0, 4, 8]
    first = engine._order(recipe, blobs.train.labels, 0, 1)[:32]
    inputs = scale_pixels(blobs.train.inputs[first], "unit")
    untrained = cross_entropy(small()(inputs), blobs.train.labels[first])
    assert history.steps[0].loss == pytest.approx(untrained.item(), rel=1e-5)


def test_steps_logged_after_their_updates_count_the_updates_done(blobs: Dataset) -> None:
    recipe = replace(RECIPE, epochs=2, steps=6, log_every=4, log_after_update=True)
    assert [step.number for step in fit(small(), blobs, recipe).steps] == [4, 8, 12]


def test_a_step_logged_after_its_update_has_learnt_from_its_batch(blobs: Dataset) -> None:
    recipe = replace(RECIPE, epochs=1, steps=1, log_every=1, learning_rate=1e-3)
    before = fit(small(), blobs, recipe).steps[0]
    after = fit(small(), blobs, replace(recipe, log_after_update=True)).steps[0]
    assert after.loss < before.loss


def test_a_step_logged_after_its_update_leaves_the_next_in_training(blobs: Dataset) -> None:
    def normalised() -> nn.Module:
        torch.manual_seed(0)
        layers = (nn.Linear(784, 8), nn.BatchNorm1d(8), nn.Dropout(), nn.Linear(8, 2))
        return nn.Sequential(nn.Flatten(), *layers)

    silent, logged = normalised(), normalised()
    fit(silent, blobs, RECIPE)
    fit(logged, blobs, replace(RECIPE, log_every=1, log_after_update=True))
    assert torch.equal(weights(silent), weights(logged))


class _Killed(BaseException):
    """Stands for a kill: nothing in the engine may catch it."""


def _kill_after(epochs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    original = engine._epoch
    calls = iter(range(epochs))

    def epoch(*args: object) -> object:
        if next(calls, None) is None:
            raise _Killed
        return original(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "_epoch", epoch)


@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
def test_a_killed_run_resumes_to_the_very_weights_of_an_unbroken_one(
    optimiser: str, blobs: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = replace(RECIPE, optimiser=optimiser, learning_rate=0.01, momentum=0.9)
    unbroken = small()
    expected = fit(unbroken, blobs, recipe)
    path = tmp_path / "run.pt"
    with monkeypatch.context() as patch:
        _kill_after(2, patch)
        with pytest.raises(_Killed):
            fit(small(), blobs, recipe, checkpoint=path)
    resumed = small(seed=9)
    history = fit(resumed, blobs, recipe, checkpoint=path)
    assert torch.equal(weights(resumed), weights(unbroken))
    assert [e.train_loss for e in history.epochs] == [e.train_loss for e in expected.epochs]


def test_a_killed_stack_resumes_to_the_very_weights_of_an_unbroken_one(
    blobs: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def members() -> list[Member]:
        return [Member(small(seed), replace(RECIPE, momentum=0.9), seed) for seed in (0, 1)]

    unbroken = members()
    fit_stack(unbroken, blobs)
    path = tmp_path / "stack.pt"
    with monkeypatch.context() as patch:
        _kill_after(1, patch)
        with pytest.raises(_Killed):
            fit_stack(members(), blobs, checkpoint=path)
    resumed = members()
    fit_stack(resumed, blobs, checkpoint=path)
    for ours, theirs in zip(resumed, unbroken, strict=True):
        assert torch.equal(weights(ours.model), weights(theirs.model))


def test_members_trained_one_after_another_keep_what_is_finished(
    blobs: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def members() -> list[Member]:
        build = find_model("dat565/lenet").build
        return [Member(build(seed), replace(RECIPE, epochs=2), seed) for seed in (0, 1)]

    unbroken = members()
    assert not stacking_pays(unbroken)
    expected = fit_stack(unbroken, blobs)
    with monkeypatch.context() as patch:
        _kill_after(3, patch)
        with pytest.raises(_Killed):
            fit_stack(members(), blobs, checkpoint=tmp_path / "sweep.pt")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["sweep.pt.1", "sweep.pt.2"]
    resumed = members()
    _kill_after(1, monkeypatch)
    histories = fit_stack(resumed, blobs, checkpoint=tmp_path / "sweep.pt")
    for ours, theirs in zip(resumed, unbroken, strict=True):
        assert torch.equal(weights(ours.model), weights(theirs.model))
    for found, wanted in zip(histories, expected, strict=True):
        assert [e.test_loss for e in found.epochs] == [e.test_loss for e in wanted.epochs]


def test_a_finished_run_is_not_trained_again(
    blobs: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.pt"
    first = fit(small(), blobs, RECIPE, checkpoint=path)
    _kill_after(0, monkeypatch)
    assert fit(small(), blobs, RECIPE, checkpoint=path) == first


def test_a_checkpoint_of_another_seed_is_refused(blobs: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    fit(small(), blobs, RECIPE, seed=1, checkpoint=path)
    with pytest.raises(CheckpointError, match="belongs to another run"):
        fit(small(), blobs, RECIPE, seed=2, checkpoint=path)


def test_a_loss_that_is_no_number_ends_in_one_line_and_keeps_finished_epochs(
    blobs: Dataset, tmp_path: Path
) -> None:
    path = tmp_path / "run.pt"
    wild = replace(RECIPE, learning_rate=1e30, epochs=3)
    with pytest.raises(TrainingError, match="the loss is not a number in epoch 1; lower"):
        fit(small(), blobs, wild, checkpoint=path)
    members = [Member(small(), RECIPE), Member(small(), replace(RECIPE, learning_rate=1e30))]
    with pytest.raises(TrainingError, match="member 2's loss is not a number"):
        fit_stack(members, blobs)
