from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from reference_models.data import Dataset
from reference_models.errors import CheckpointError
from reference_models.training import Member, Reconstruction, fit, fit_stack
from reference_models.training.engine import train
from reference_models.training.frozen import without_frozen_layers
from reference_models.training.learners import Single

from .small import RECIPE, weights

_HEAD = replace(RECIPE, trains="head.")


def _probe(**between: nn.Module) -> nn.Sequential:
    torch.manual_seed(0)
    model = nn.Sequential()
    encoder = nn.Sequential(nn.Conv2d(1, 4, 3, stride=3), nn.ReLU(), nn.MaxPool2d(2, stride=1))
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


def _count_calls(model: nn.Module) -> list[int]:
    calls: list[int] = []
    model.get_submodule("encoder").register_forward_hook(lambda *_: calls.append(1))
    return calls


@pytest.mark.parametrize("stacked", [False, True])
def test_the_same_is_learnt_and_frozen_layers_are_asked_once(stacked: bool, blobs: Dataset) -> None:
    held = replace(blobs, validation=blobs.test)
    plain, probe = _probe(), _probe()
    every_time, calls = _count_calls(plain), _count_calls(probe)
    (expected,) = train(
        Single(Member(plain, _HEAD, 3)), held, evaluate=True, checkpoint=None, progress=False
    )
    found = (
        fit_stack([Member(probe, _HEAD, 3), Member(_probe(), _HEAD, 4)], held)[0]
        if stacked
        else fit(probe, held, _HEAD, seed=3)
    )
    torch.testing.assert_close(weights(probe), weights(plain))
    for ours, theirs in zip(found.epochs, expected.epochs, strict=True):
        assert ours.train_loss == pytest.approx(theirs.train_loss, rel=1e-5)
        assert ours.test_loss == pytest.approx(theirs.test_loss, rel=1e-5)
        assert ours.validation_accuracy == theirs.validation_accuracy
    a_step_and_a_test_an_epoch = 3 * 5 + 3 * 2
    assert len(calls) <= 3 + 4 < a_step_and_a_test_an_epoch <= len(every_time)  # to learn sizes: 4
    assert all(each.requires_grad for each in probe.parameters())


def test_without_evaluation_the_test_split_is_left_alone(blobs: Dataset) -> None:
    member, shown = without_frozen_layers(Member(_probe(), _HEAD), blobs, evaluate=False)
    assert shown.test is blobs.test
    assert shown.train.inputs.shape == (150, 4 * 8 * 8)
    assert [name for name, _ in member.model.named_children()] == ["head"]


def _as_it_was(member: Member, data: Dataset) -> bool:
    found, shown = without_frozen_layers(member, data, evaluate=True)
    return found is member and shown is data


def _wide(**layers: nn.Module) -> nn.Sequential:
    wide = _probe(**layers)
    wide.encoder = nn.Sequential(nn.Conv2d(1, 9, 3, stride=3, padding=1))
    wide.head = nn.Linear(9 * 10 * 10, 2)
    return wide


@pytest.mark.parametrize(
    "build",
    [
        lambda: _probe(dropout=nn.Dropout()),
        lambda: _probe(norm=nn.BatchNorm2d(4)),
        lambda: _looking_back(_probe()),
        _wide,
    ],
    ids=["draws", "looks at the batch", "is no plain sequence", "hands on more than it is shown"],
)
def test_layers_that_may_differ_or_cost_more_are_left(
    build: Callable[[], nn.Module], blobs: Dataset
) -> None:
    assert _as_it_was(Member(build(), _HEAD), blobs)


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


def test_a_checkpoint_is_of_its_own_frozen_layers(tmp_path: Path, blobs: Dataset) -> None:
    path, probe = tmp_path / "probe.pt", _probe()
    history = fit(probe, blobs, _HEAD, checkpoint=path)
    again = _probe()
    assert fit(again, blobs, _HEAD, checkpoint=path) == history
    assert torch.equal(weights(again), weights(probe))
    other = _probe()
    with torch.no_grad():
        next(other.parameters()).mul_(2)
    with pytest.raises(CheckpointError, match="another run"):
        fit(other, blobs, _HEAD, checkpoint=path)
    with pytest.raises(CheckpointError, match="another run"):
        fit(_probe(), blobs, replace(_HEAD, input_scale="raw"), checkpoint=path)
