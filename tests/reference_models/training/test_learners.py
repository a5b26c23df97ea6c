from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
import torch
from torch import nn

from benchmarks.device import cpu_and_cuda
from reference_models import find_model
from reference_models.data import Dataset
from reference_models.errors import RecipeError, TrainingError
from reference_models.training import L1, History, Member, engine, evaluate, fit, fit_stack
from reference_models.training.learners import Stack, stacking_pays

from .small import RECIPE, small, weights

_Trainer = Callable[[Sequence[Member], Dataset], tuple[History, ...]]


def _at_once(members: Sequence[Member], data: Dataset) -> tuple[History, ...]:
    learner = Stack(members)
    return engine.train(learner, data, evaluate=True, checkpoint=None, progress=False)


def _in_turn(members: Sequence[Member], data: Dataset) -> tuple[History, ...]:
    return tuple(fit(each.model, data, each.recipe, seed=each.seed) for each in members)


@pytest.mark.parametrize("model_id", ["dat565/dense-64-64", "dat565/lenet"])
@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
def test_every_member_gets_what_it_would_get_alone(
    model_id: str, optimiser: str, blobs: Dataset
) -> None:
    card = find_model(model_id)
    recipe = replace(RECIPE, epochs=2, optimiser=optimiser, learning_rate=1e-3)
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
        torch.testing.assert_close(weights(member.model), weights(alone), rtol=1e-4, atol=1e-5)
        for ours, theirs in zip(stacked.epochs, history.epochs, strict=True):
            assert ours.train_loss == pytest.approx(theirs.train_loss, rel=1e-4)
            assert ours.test_accuracy == pytest.approx(theirs.test_accuracy, abs=1 / 40 + 1e-9)


@pytest.mark.parametrize("device", cpu_and_cuda())
def test_members_may_use_different_optimisers(device: str, blobs: Dataset) -> None:
    data = blobs.to(device)
    recipes = [RECIPE, replace(RECIPE, optimiser="adam", learning_rate=1e-3)]
    members = [Member(small().to(device), recipe) for recipe in recipes]
    fit_stack(members, data)
    for member in members:
        alone = small().to(device)
        fit(alone, data, member.recipe)
        torch.testing.assert_close(weights(member.model), weights(alone), rtol=1e-4, atol=1e-5)


def test_batch_norm_statistics_are_each_members_own(blobs: Dataset) -> None:
    def build(seed: int) -> nn.Module:
        model = small(seed)
        assert isinstance(model, nn.Sequential)
        return nn.Sequential(model[0], model[1], nn.BatchNorm1d(8), *model[2:])

    members = [Member(build(seed), RECIPE, seed) for seed in (0, 1)]
    fit_stack(members, blobs)
    for member in members:
        alone = build(member.seed)
        fit(alone, blobs, RECIPE, seed=member.seed)
        for name, buffer in alone.named_buffers():
            torch.testing.assert_close(
                dict(member.model.named_buffers())[name], buffer, rtol=1e-3, atol=1e-4
            )


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
    members = [Member(small(), RECIPE), Member(small(), replace(RECIPE, **change))]
    with pytest.raises(RecipeError, match=f"member 2 has .*{named}"):
        fit_stack(members, blobs)


def test_small_dense_members_are_stacked_and_others_are_not() -> None:
    def pays(model_id: str, count: int = 2) -> bool:
        card = find_model(model_id)
        return stacking_pays([Member(card.build(), RECIPE)] * count)

    assert pays("dat565/dense-64-64")
    assert not pays("dat565/dense-64-64", count=1)
    assert not pays("dat565/dense-500-300")
    assert not pays("dat565/lenet")
    assert not pays("jhu482/cnn-batchnorm")


def test_members_of_other_shapes_are_refused(blobs: Dataset) -> None:
    members = [Member(small(), RECIPE), Member(nn.Sequential(nn.Flatten()), RECIPE)]
    with pytest.raises(RecipeError, match="member 2 of the stack has other layers"):
        fit_stack(members, blobs)


def test_penalties_on_different_parameters_are_refused(blobs: Dataset) -> None:
    recipes = [replace(RECIPE, l1=L1(0.1, name)) for name in ("1.weight", "3.weight")]
    with pytest.raises(RecipeError, match=r"1\.weight and 3\.weight; train them by themselves"):
        fit_stack([Member(small(), recipe) for recipe in recipes], blobs)


@pytest.mark.parametrize("trained", [_at_once, _in_turn])
def test_an_l1_penalty_pulls_at_its_own_parameter_alone(trained: _Trainer, blobs: Dataset) -> None:
    strengths = (0.0, 0.5)
    one_step = replace(RECIPE, epochs=1, steps=1, weight_decay=0.0)
    members = [
        Member(small(), replace(one_step, l1=L1(each, "3.weight") if each else None))
        for each in strengths
    ]
    histories = trained(members, blobs)
    plain, pulled = (dict(member.model.named_parameters()) for member in members)
    start = dict(small().named_parameters())
    for name, value in plain.items():
        pull = 0.05 * 0.5 * start[name].sign() if name == "3.weight" else 0.0
        torch.testing.assert_close(pulled[name], value - pull)
    assert histories[0].last.train_loss == pytest.approx(histories[1].last.train_loss)


@pytest.mark.parametrize("trained", [_at_once, _in_turn])
def test_half_precision_is_for_the_products_of_steps_alone(
    trained: _Trainer, blobs: Dataset
) -> None:
    step = replace(RECIPE, epochs=1, steps=1)
    half = replace(step, precision="bfloat16")
    whole, rounded = ([Member(small(seed), each, seed) for seed in (0, 1)] for each in (step, half))
    told = zip(trained(whole, blobs), trained(rounded, blobs), strict=True)
    for (one, other), (exact, near) in zip(zip(whole, rounded, strict=True), told, strict=True):
        assert near.last.train_loss == pytest.approx(exact.last.train_loss, rel=0.02)
        assert near.last.train_loss != exact.last.train_loss
        assert {each.dtype for each in other.model.parameters()} == {torch.float32}
        torch.testing.assert_close(weights(other.model), weights(one.model), rtol=0.05, atol=0.01)
        scores = evaluate(other.model, blobs.test, half.input_scale, half.task)
        assert near.last.test_loss == pytest.approx(scores.loss, rel=1e-5)


@pytest.mark.parametrize("trained", [_at_once, _in_turn])
def test_only_what_the_recipe_trains_moves(trained: _Trainer, blobs: Dataset) -> None:
    members = [Member(small(seed), replace(RECIPE, trains="3."), seed) for seed in (0, 1)]
    trained(members, blobs)
    for member in members:
        start = small(member.seed)
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
        fit(small(), blobs, replace(RECIPE, **change))


@pytest.mark.parametrize("trained", [_at_once, _in_turn])
def test_a_validation_split_is_scored_and_never_trained_on(
    trained: _Trainer, blobs: Dataset
) -> None:
    held = replace(blobs, validation=blobs.test)
    members = [Member(small(seed), RECIPE, seed) for seed in (0, 1)]
    histories = trained(members, held)
    for member, history in zip(members, histories, strict=True):
        alone = small(member.seed)
        fit(alone, blobs, RECIPE, seed=member.seed)
        torch.testing.assert_close(weights(member.model), weights(alone), rtol=1e-4, atol=1e-5)
        assert history.last.validation_accuracy == history.last.test_accuracy
        assert history.last.validation_loss == history.last.test_loss


def test_an_empty_stack_is_refused(blobs: Dataset) -> None:
    with pytest.raises(RecipeError, match="at least one member"):
        fit_stack([], blobs)


def test_a_member_whose_loss_is_no_number_is_named(blobs: Dataset) -> None:
    build = find_model("dat565/lenet").build
    recipes = [replace(RECIPE, epochs=1, learning_rate=rate) for rate in (1e-3, 1e30)]
    with pytest.raises(TrainingError, match="member 2: the loss is not a number in epoch 1"):
        fit_stack([Member(build(), recipe) for recipe in recipes], blobs)
