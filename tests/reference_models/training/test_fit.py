from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from benchmarks.device import cpu_and_cuda
from reference_models import find_model
from reference_models.data import Dataset, scale_pixels
from reference_models.errors import CheckpointError, RecipeError, TrainingError
from reference_models.training import (
    L1,
    History,
    Member,
    RateDrops,
    Recipe,
    engine,
    fit,
    fit_stack,
)
from reference_models.training.learners import Stack, stacking_pays

_Trainer = Callable[[Sequence[Member], Dataset], tuple[History, ...]]

_RECIPE = Recipe(epochs=3, batch_size=32, learning_rate=0.05, input_scale="unit", weight_decay=1e-3)


def _small(seed: int = 0) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(nn.Flatten(), nn.Linear(784, 8), nn.ReLU(), nn.Linear(8, 2))


def _weights(model: nn.Module) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def _at_once(members: Sequence[Member], data: Dataset) -> tuple[History, ...]:
    learner = Stack(members)
    return engine.train(learner, data, evaluate=True, checkpoint=None, progress=False)


def _in_turn(members: Sequence[Member], data: Dataset) -> tuple[History, ...]:
    return tuple(fit(each.model, data, each.recipe, seed=each.seed) for each in members)


@pytest.mark.parametrize("device", cpu_and_cuda())
def test_training_learns(device: str, blobs: Dataset) -> None:
    recipe = replace(_RECIPE, epochs=20, learning_rate=0.01)
    history = fit(_small().to(device), blobs.to(device), recipe)
    assert history.last.test_accuracy == 1.0
    assert history.last.train_loss < history.epochs[0].train_loss
    assert [epoch.number for epoch in history.epochs] == list(range(1, 21))


@pytest.mark.parametrize("build", [_small, find_model("dat565/lenet").build])
def test_training_is_the_textbook_loop(build: Callable[[], nn.Module], blobs: Dataset) -> None:
    trained, by_hand = build(), build()
    fit(trained, blobs, replace(_RECIPE, epochs=2), seed=5)
    for epoch in (1, 2):
        order = engine._order(_RECIPE, blobs.train.labels, 5, epoch)
        assert sorted(order.tolist()) == list(range(len(blobs.train)))
        for chosen in order.split(32):
            inputs = scale_pixels(blobs.train.inputs[chosen], "unit")
            loss = cross_entropy(by_hand(inputs), blobs.train.labels[chosen])
            by_hand.zero_grad()
            loss.backward()
            with torch.no_grad():
                for parameter in by_hand.parameters():
                    parameter.sub_(0.05 * (parameter.grad + 1e-3 * parameter))
    torch.testing.assert_close(_weights(trained), _weights(by_hand))


def test_a_seed_repeats_a_run_and_another_does_not(blobs: Dataset) -> None:
    first, again, other = _small(), _small(), _small()
    for model, seed in ((first, 1), (again, 1), (other, 2)):
        fit(model, blobs, _RECIPE, seed=seed)
    assert torch.equal(_weights(first), _weights(again))
    assert not torch.equal(_weights(first), _weights(other))


def test_training_leaves_the_callers_random_state_alone(blobs: Dataset) -> None:
    before = torch.random.get_rng_state()
    fit(_small(), blobs, _RECIPE)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_unasked_evaluation_is_not_done(blobs: Dataset) -> None:
    history = fit(_small(), blobs, _RECIPE, evaluate=False)
    assert [epoch.test_accuracy for epoch in history.epochs] == [None] * 3


def test_the_test_split_may_be_asked_less_often(blobs: Dataset) -> None:
    held = replace(blobs, validation=blobs.test)
    often, seldom = (
        fit(_small(), held, replace(_RECIPE, epochs=5, test_every=every)) for every in (1, 2)
    )
    asked = [epoch.test_accuracy for epoch in seldom.epochs]
    everything = [epoch.test_accuracy for epoch in often.epochs]
    assert asked == [None, everything[1], None, everything[3], everything[4]]
    assert all(epoch.validation_accuracy is not None for epoch in seldom.epochs)


@pytest.mark.parametrize("model_id", ["dat565/dense-64-64", "dat565/lenet"])
@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
def test_every_member_gets_what_it_would_get_alone(
    model_id: str, optimiser: str, blobs: Dataset
) -> None:
    card = find_model(model_id)
    recipe = replace(_RECIPE, epochs=2, optimiser=optimiser, learning_rate=1e-3)
    settings = [
        (recipe, 0),
        (replace(recipe, learning_rate=3e-3, weight_decay=0.0), 1),
        (replace(recipe, momentum=0.9), 2),
    ]
    members = [Member(card.build(seed), chosen, seed) for chosen, seed in settings]
    together = _at_once(members, blobs)
    for member, stacked in zip(members, together, strict=True):
        alone = card.build(member.seed)
        history = fit(alone, blobs, member.recipe, seed=member.seed)
        torch.testing.assert_close(_weights(member.model), _weights(alone), rtol=1e-4, atol=1e-5)
        for ours, theirs in zip(stacked.epochs, history.epochs, strict=True):
            assert ours.train_loss == pytest.approx(theirs.train_loss, rel=1e-4)
            assert ours.test_accuracy == pytest.approx(theirs.test_accuracy, abs=1 / 40 + 1e-9)


@pytest.mark.parametrize("device", cpu_and_cuda())
def test_members_may_use_different_optimisers(device: str, blobs: Dataset) -> None:
    data = blobs.to(device)
    recipes = [_RECIPE, replace(_RECIPE, optimiser="adam", learning_rate=1e-3)]
    members = [Member(_small().to(device), recipe) for recipe in recipes]
    fit_stack(members, data)
    for member in members:
        alone = _small().to(device)
        fit(alone, data, member.recipe)
        torch.testing.assert_close(_weights(member.model), _weights(alone), rtol=1e-4, atol=1e-5)


def test_batch_norm_statistics_are_each_members_own(blobs: Dataset) -> None:
    def build(seed: int) -> nn.Module:
        model = _small(seed)
        assert isinstance(model, nn.Sequential)
        return nn.Sequential(model[0], model[1], nn.BatchNorm1d(8), *model[2:])

    members = [Member(build(seed), _RECIPE, seed) for seed in (0, 1)]
    fit_stack(members, blobs)
    for member in members:
        alone = build(member.seed)
        fit(alone, blobs, _RECIPE, seed=member.seed)
        for name, buffer in alone.named_buffers():
            torch.testing.assert_close(
                dict(member.model.named_buffers())[name], buffer, rtol=1e-3, atol=1e-4
            )


def test_dropout_draws_anew_and_repeats_with_the_seed(blobs: Dataset) -> None:
    def build() -> nn.Module:
        model = _small()
        assert isinstance(model, nn.Sequential)
        return nn.Sequential(model[0], nn.Dropout(0.5), *model[1:])

    runs = [build() for _ in range(3)]
    for model, seed in zip(runs, (1, 1, 2), strict=True):
        fit(model, blobs, _RECIPE, seed=seed)
    assert torch.equal(_weights(runs[0]), _weights(runs[1]))
    assert not torch.equal(_weights(runs[0]), _weights(runs[2]))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"epochs": 4}, "epochs=4"),
        ({"batch_size": 8}, "batch_size=8"),
        ({"input_scale": "raw"}, "raw"),
    ],
)
def test_members_that_cannot_step_together_are_named(
    change: dict[str, object], named: str, blobs: Dataset
) -> None:
    members = [Member(_small(), _RECIPE), Member(_small(), replace(_RECIPE, **change))]
    with pytest.raises(RecipeError, match=f"member 2 has .*{named}"):
        fit_stack(members, blobs)


def test_small_dense_members_are_stacked_and_others_are_not() -> None:
    def pays(model_id: str, count: int = 2) -> bool:
        card = find_model(model_id)
        return stacking_pays([Member(card.build(), _RECIPE)] * count)

    assert pays("dat565/dense-64-64")
    assert not pays("dat565/dense-64-64", count=1)
    assert not pays("dat565/dense-500-300")
    assert not pays("dat565/lenet")


def test_members_of_other_shapes_are_refused(blobs: Dataset) -> None:
    members = [Member(_small(), _RECIPE), Member(nn.Sequential(nn.Flatten()), _RECIPE)]
    with pytest.raises(RecipeError, match="member 2 of the stack has other layers"):
        fit_stack(members, blobs)


def test_penalties_on_different_parameters_are_refused(blobs: Dataset) -> None:
    recipes = [replace(_RECIPE, l1=L1(0.1, name)) for name in ("1.weight", "3.weight")]
    with pytest.raises(RecipeError, match=r"1\.weight and 3\.weight; train them by themselves"):
        fit_stack([Member(_small(), recipe) for recipe in recipes], blobs)


@pytest.mark.parametrize("trained", [_at_once, _in_turn])
def test_an_l1_penalty_pulls_at_its_own_parameter_alone(trained: _Trainer, blobs: Dataset) -> None:
    strengths = (0.0, 0.5)
    one_step = replace(_RECIPE, epochs=1, steps=1, weight_decay=0.0)
    members = [
        Member(_small(), replace(one_step, l1=L1(each, "3.weight") if each else None))
        for each in strengths
    ]
    histories = trained(members, blobs)
    plain, pulled = (dict(member.model.named_parameters()) for member in members)
    start = dict(_small().named_parameters())
    for name, value in plain.items():
        pull = 0.05 * 0.5 * start[name].sign() if name == "3.weight" else 0.0
        torch.testing.assert_close(pulled[name], value - pull)
    assert histories[0].last.train_loss == pytest.approx(histories[1].last.train_loss)


@pytest.mark.parametrize("trained", [_at_once, _in_turn])
def test_only_what_the_recipe_trains_moves(trained: _Trainer, blobs: Dataset) -> None:
    members = [Member(_small(seed), replace(_RECIPE, trains="3."), seed) for seed in (0, 1)]
    trained(members, blobs)
    for member in members:
        start = _small(member.seed)
        for name, value in member.model.named_parameters():
            assert torch.equal(value, start.get_parameter(name)) == (not name.startswith("3."))
            assert value.requires_grad


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"trains": "head"}, "trains parameters called 'head...', and Sequential has none"),
        ({"l1": L1(1.0, "9.weight")}, "L1 penalty is on '9.weight', which it does not train"),
    ],
)
def test_a_recipe_for_another_models_parameters_is_refused(
    change: dict[str, object], complaint: str, blobs: Dataset
) -> None:
    with pytest.raises(RecipeError, match=complaint):
        fit(_small(), blobs, replace(_RECIPE, **change))


def test_rates_drop_on_their_epochs(blobs: Dataset) -> None:
    dropping = replace(_RECIPE, epochs=4, rate_drops=RateDrops(2, 0.0))
    stopped, short = _small(), _small()
    fit(stopped, blobs, dropping)
    fit(short, blobs, replace(_RECIPE, epochs=2))
    assert torch.equal(_weights(stopped), _weights(short))


@pytest.mark.parametrize(("fresh", "steps"), [(False, 7), (True, 7), (False, 2)])
def test_an_epoch_may_be_a_number_of_steps(fresh: bool, steps: int, blobs: Dataset) -> None:
    recipe = replace(_RECIPE, steps=steps, fresh_order=fresh)
    order = engine._order(recipe, blobs.train.labels, 0, 1)
    assert len(order) == steps * 32
    blocks = order.split(32 if fresh else len(blobs.train))
    assert all(len(block.unique()) == len(block) for block in blocks)


def test_logged_steps_are_counted_over_the_whole_training(blobs: Dataset) -> None:
    recipe = replace(_RECIPE, epochs=2, steps=6, log_every=4)
    history = fit(_small(), blobs, recipe)
    assert [step.number for step in history.steps] == [0, 4, 8]
    first = engine._order(recipe, blobs.train.labels, 0, 1)[:32]
    inputs = scale_pixels(blobs.train.inputs[first], "unit")
    untrained = cross_entropy(_small()(inputs), blobs.train.labels[first])
    assert history.steps[0].loss == pytest.approx(untrained.item(), rel=1e-5)


def test_steps_logged_after_their_updates_count_the_updates_done(blobs: Dataset) -> None:
    recipe = replace(_RECIPE, epochs=2, steps=6, log_every=4, log_after_update=True)
    assert [step.number for step in fit(_small(), blobs, recipe).steps] == [4, 8, 12]


def test_a_step_logged_after_its_update_has_learnt_from_its_batch(blobs: Dataset) -> None:
    recipe = replace(_RECIPE, epochs=1, steps=1, log_every=1, learning_rate=1e-3)
    before = fit(_small(), blobs, recipe).steps[0]
    after = fit(_small(), blobs, replace(recipe, log_after_update=True)).steps[0]
    assert after.loss < before.loss


@pytest.mark.parametrize("trained", [_at_once, _in_turn])
def test_a_validation_split_is_scored_and_never_trained_on(
    trained: _Trainer, blobs: Dataset
) -> None:
    held = replace(blobs, validation=blobs.test)
    members = [Member(_small(seed), _RECIPE, seed) for seed in (0, 1)]
    histories = trained(members, held)
    for member, history in zip(members, histories, strict=True):
        alone = _small(member.seed)
        fit(alone, blobs, _RECIPE, seed=member.seed)
        torch.testing.assert_close(_weights(member.model), _weights(alone), rtol=1e-4, atol=1e-5)
        assert history.last.validation_accuracy == history.last.test_accuracy
        assert history.last.validation_loss == history.last.test_loss


def test_an_empty_stack_is_refused(blobs: Dataset) -> None:
    with pytest.raises(RecipeError, match="at least one member"):
        fit_stack([], blobs)


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
    recipe = replace(_RECIPE, optimiser=optimiser, learning_rate=0.01, momentum=0.9)
    unbroken = _small()
    expected = fit(unbroken, blobs, recipe)
    path = tmp_path / "run.pt"
    with monkeypatch.context() as patch:
        _kill_after(2, patch)
        with pytest.raises(_Killed):
            fit(_small(), blobs, recipe, checkpoint=path)
    resumed = _small(seed=9)
    history = fit(resumed, blobs, recipe, checkpoint=path)
    assert torch.equal(_weights(resumed), _weights(unbroken))
    assert [e.train_loss for e in history.epochs] == [e.train_loss for e in expected.epochs]


def test_a_killed_stack_resumes_to_the_very_weights_of_an_unbroken_one(
    blobs: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def members() -> list[Member]:
        return [Member(_small(seed), replace(_RECIPE, momentum=0.9), seed) for seed in (0, 1)]

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
        assert torch.equal(_weights(ours.model), _weights(theirs.model))


def test_members_trained_one_after_another_keep_what_is_finished(
    blobs: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def members() -> list[Member]:
        build = find_model("dat565/lenet").build
        return [Member(build(seed), replace(_RECIPE, epochs=2), seed) for seed in (0, 1)]

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
        assert torch.equal(_weights(ours.model), _weights(theirs.model))
    for found, wanted in zip(histories, expected, strict=True):
        assert [e.test_loss for e in found.epochs] == [e.test_loss for e in wanted.epochs]


def test_a_member_whose_loss_is_no_number_is_named(blobs: Dataset) -> None:
    build = find_model("dat565/lenet").build
    recipes = [replace(_RECIPE, epochs=1, learning_rate=rate) for rate in (1e-3, 1e30)]
    with pytest.raises(TrainingError, match="member 2: the loss is not a number in epoch 1"):
        fit_stack([Member(build(), recipe) for recipe in recipes], blobs)


def test_a_finished_run_is_not_trained_again(
    blobs: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.pt"
    first = fit(_small(), blobs, _RECIPE, checkpoint=path)
    _kill_after(0, monkeypatch)
    assert fit(_small(), blobs, _RECIPE, checkpoint=path) == first


def test_a_checkpoint_of_another_seed_is_refused(blobs: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    fit(_small(), blobs, _RECIPE, seed=1, checkpoint=path)
    with pytest.raises(CheckpointError, match="belongs to another run"):
        fit(_small(), blobs, _RECIPE, seed=2, checkpoint=path)


def test_a_loss_that_is_no_number_ends_in_one_line_and_keeps_finished_epochs(
    blobs: Dataset, tmp_path: Path
) -> None:
    path = tmp_path / "run.pt"
    wild = replace(_RECIPE, learning_rate=1e30, epochs=3)
    with pytest.raises(TrainingError, match="the loss is not a number in epoch 1; lower"):
        fit(_small(), blobs, wild, checkpoint=path)
    members = [Member(_small(), _RECIPE), Member(_small(), replace(_RECIPE, learning_rate=1e30))]
    with pytest.raises(TrainingError, match="member 2's loss is not a number"):
        fit_stack(members, blobs)
