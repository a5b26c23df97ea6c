from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from reference_models.data import Dataset
from reference_models.training import Member, Reconstruction, fit, fit_stack, frozen_layers
from reference_models.training.engine import train
from reference_models.training.frozen import without_frozen_layers
from reference_models.training.learners import Single

from .small import RECIPE, weights

_HEAD = replace(RECIPE, trains="head.")


def _probe(**between: nn.Module) -> nn.Sequential:
    torch.manual_seed(0)
    model = nn.Sequential()
    encoder = nn.Sequential(nn.Conv2d(1, 2, 3, stride=3), nn.ReLU(), nn.MaxPool2d(2, stride=1))
    layers = {"encoder": encoder, **between, "flatten": nn.Flatten(), "head": nn.LazyLinear(2)}
    for name, layer in layers.items():
        model.add_module(name, layer)
    model(torch.zeros(2, 1, 28, 28))
    return model


def _looking_back(model: nn.Sequential) -> nn.Module:
    class Odd(nn.Sequential):
        def forward(self, images: Tensor) -> Tensor:
            answers: Tensor = super().forward(images.flip(0)).flip(0)
            return answers

    odd = Odd()
    for name, layer in model.named_children():
        odd.add_module(name, layer)
    return odd


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one whenever a convolution is asked; other tests of hooks would change the model."""
    asked: list[int] = []
    plain = nn.Conv2d._conv_forward

    def counting(layer: nn.Conv2d, *arguments: Tensor) -> Tensor:
        asked.append(1)
        return plain(layer, *arguments)

    monkeypatch.setattr(nn.Conv2d, "_conv_forward", counting)
    return asked


@pytest.mark.parametrize("stacked", [False, True])
def test_the_same_is_learnt_and_frozen_layers_are_asked_once(
    stacked: bool, blobs: Dataset, calls: list[int]
) -> None:
    held = replace(blobs, validation=blobs.test)
    plain, probe, other = _probe(), _probe(), _probe()
    (expected,) = train(
        Single(Member(plain, _HEAD, 3)), held, evaluate=True, checkpoint=None, progress=False
    )
    every_time = len(calls)
    calls.clear()
    members = [Member(probe, _HEAD, 3), Member(other, _HEAD, 4)]
    found = fit_stack(members, held)[0] if stacked else fit(probe, held, _HEAD, seed=3)
    torch.testing.assert_close(weights(probe), weights(plain))
    for ours, theirs in zip(found.epochs, expected.epochs, strict=True):
        assert ours.train_loss == pytest.approx(theirs.train_loss, rel=1e-5)
        assert ours.test_loss == pytest.approx(theirs.test_loss, rel=1e-5)
        assert ours.validation_accuracy == theirs.validation_accuracy
    a_step_and_two_tests_an_epoch = 3 * 5 + 3 * 2
    splits, sizes = 3, 4
    assert len(calls) <= (splits + sizes) * (2 if stacked else 1)
    assert every_time >= a_step_and_two_tests_an_epoch
    assert all(each.requires_grad for each in probe.parameters())
    assert len({each.training for each in probe.modules()}) == 1


def test_without_evaluation_the_test_split_is_left_alone(blobs: Dataset) -> None:
    member, shown = without_frozen_layers(Member(_probe(), _HEAD), blobs, evaluate=False)
    assert shown.test is blobs.test
    assert shown.train.inputs.shape == (150, 2 * 8 * 8)
    assert [name for name, _ in member.model.named_children()] == ["head"]


def test_to_ask_which_layers_are_frozen_changes_nothing(blobs: Dataset) -> None:
    probe = _probe()
    probe.encoder.eval()
    modes = [each.training for each in probe.modules()]
    before = weights(probe).clone()
    found = frozen_layers(Member(probe, _HEAD), blobs)
    assert found is not None
    assert [name for name, _ in found.named_children()] == ["encoder", "flatten"]
    assert [each.training for each in probe.modules()] == modes
    assert torch.equal(weights(probe), before)


def _as_it_was(member: Member, data: Dataset) -> bool:
    found, shown = without_frozen_layers(member, data, evaluate=True)
    return found is member and shown is data and frozen_layers(member, data) is None


def _wide() -> nn.Sequential:
    wide = _probe()
    wide.encoder = nn.Sequential(nn.Conv2d(1, 3, 3, stride=3, padding=1))
    wide.head = nn.Linear(3 * 10 * 10, 2)
    return wide


def _tied() -> nn.Sequential:
    tied = _probe(before=nn.Flatten(), still=nn.Linear(128, 128), last=nn.Linear(128, 128))
    tied.last.weight = tied.still.weight
    return tied


def _with(change: Callable[[nn.Sequential], object]) -> nn.Sequential:
    model = _probe()
    change(model)
    return model


@pytest.mark.parametrize(
    "build",
    [
        lambda: _probe(dropout=nn.Dropout()),
        lambda: _probe(norm=nn.BatchNorm2d(2)),
        lambda: _looking_back(_probe()),
        lambda: _with(lambda model: model.register_forward_pre_hook(lambda *_: None)),
        lambda: _with(lambda model: model[0][0].register_forward_hook(lambda *_: None)),
        lambda: _with(lambda model: setattr(model[0], "forward", model[0].forward)),
        _wide,
    ],
    ids=[
        "draws",
        "looks at the batch",
        "is no plain sequence",
        "is listened to",
        "has a layer that is",
        "has a layer of another kind",
        "hands on more than it is shown",
    ],
)
def test_layers_that_may_differ_or_cost_more_are_left(
    build: Callable[[], nn.Module], blobs: Dataset
) -> None:
    assert _as_it_was(Member(build(), _HEAD), blobs)


def test_a_weight_that_is_tied_to_a_frozen_one_stays_still(blobs: Dataset) -> None:
    tied = _tied()
    before = tied.still.weight.clone()
    recipe = replace(RECIPE, trains="last.")
    assert _as_it_was(Member(tied, recipe), blobs)
    fit(tied, blobs, recipe)
    assert torch.equal(tied.still.weight, before)


@pytest.mark.parametrize(
    "changed",
    [
        {"trains": ""},
        {"trains": "encoder."},
        {"epochs": 2, "steps": 2},
        {"task": Reconstruction()},
    ],
)
def test_a_recipe_that_would_gain_nothing_is_left(
    changed: dict[str, object], blobs: Dataset
) -> None:
    assert _as_it_was(Member(_probe(), replace(_HEAD, **changed)), blobs)  # type: ignore[arg-type]


def test_a_layer_that_comes_twice_is_left(blobs: Dataset) -> None:
    twice = _probe()
    twice.add_module("again", nn.Linear(2, 2))
    twice.add_module("once more", twice.again)
    assert _as_it_was(Member(twice, _HEAD), blobs)


def test_a_checkpoint_holds_the_frozen_layers_too(tmp_path: Path, blobs: Dataset) -> None:
    path, probe, other = tmp_path / "probe.pt", _probe(), _probe()
    history = fit(probe, blobs, _HEAD, checkpoint=path)
    with torch.no_grad():
        next(other.parameters()).mul_(2)
    assert fit(other, blobs, _HEAD, checkpoint=path) == history
    assert torch.equal(weights(other), weights(probe))


@pytest.mark.parametrize("evaluate", [False, True])
def test_all_layers_end_in_one_mode(evaluate: bool, blobs: Dataset) -> None:
    probe = _probe()
    probe.add_module("last", nn.Dropout())
    fit(probe.eval(), blobs, _HEAD, evaluate=evaluate)
    assert {each.training for each in probe.modules()} == {not evaluate}
