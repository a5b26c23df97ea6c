from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from benchmarks import workbench as module
from benchmarks.measure import Cost
from benchmarks.settings import Settings
from benchmarks.training import TimedTraining, time_training
from benchmarks.workbench import Workbench
from reference_models import ModelCard
from reference_models.data import Dataset, Stratified


@pytest.fixture
def loads(toy_data: Dataset, monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What was asked of the ground floor, which hands out the toy data."""
    asked: list[tuple[object, ...]] = []

    def load(name: str, source: str, root: Path | None, *, download: bool) -> Dataset:
        asked.append((name, source, root, download))
        return toy_data

    monkeypatch.setattr(module, "load_dataset", load)
    return asked


def test_a_data_set_is_loaded_once_as_the_settings_ask(loads: list[tuple[object, ...]]) -> None:
    bench = Workbench(Settings(data="real", root=Path("/data"), download=True))
    assert bench.dataset("toy") is bench.dataset("toy")
    assert loads == [("toy", "real", Path("/data"), True)]


def test_it_is_moved_to_another_device_without_loading_again(
    loads: list[tuple[object, ...]],
) -> None:
    bench = Workbench(Settings())
    bench.dataset("toy")
    moved = bench.dataset("toy", "meta")
    assert moved.train.inputs.device.type == "meta"
    assert moved is bench.dataset("toy", "meta")
    assert len(loads) == 1


@pytest.mark.usefixtures("loads")
def test_a_trial_takes_budget_and_seed_from_the_settings(toy_card: ModelCard) -> None:
    trial = Workbench(Settings(budget="paper", seed=7)).trial(toy_card, "cpu")
    assert (trial.budget, trial.seed, trial.device) == ("paper", 7, "cpu")
    assert trial.recipe is toy_card.recipes["paper"]


@pytest.mark.usefixtures("loads")
def test_a_model_is_trained_once_for_all_that_ask(toy_card: ModelCard) -> None:
    bench = Workbench(Settings())
    trial = bench.trial(toy_card, "cpu")
    kept = time_training(trial)
    bench.keep(kept)
    assert bench.take_training(bench.trial(toy_card, "cpu")) is kept
    assert bench.take_training(trial) is not kept


@pytest.mark.usefixtures("loads")
def test_a_model_learns_from_another_one_s_training_that_is_kept(toy_card: ModelCard) -> None:
    bench, kept, teachers = _with_kept_training(toy_card)
    bench.trial(_pupil(kept.trial.card, teachers), "cpu").prepared_model()
    assert teachers == [kept.model]


@pytest.mark.usefixtures("loads")
@pytest.mark.parametrize("other", [{"seed": 8}, {"budget": "quick"}, {"data": None}])
def test_it_learns_from_a_training_of_its_own_kind_alone(
    toy_card: ModelCard, other: dict[str, Any]
) -> None:
    bench, kept, teachers = _with_kept_training(toy_card)
    trial = bench.trial(_pupil(kept.trial.card, teachers), "cpu")
    if "data" in other:
        other = {"data": Stratified(10).of(trial.data)}
    replace(trial, **other).prepared_model()
    learnt = replace(kept.trial, **other)
    expected = learnt.train(learnt.build()).model.state_dict()["1.weight"]
    assert torch.equal(teachers[0].state_dict()["1.weight"], expected)
    assert not torch.equal(kept.model.state_dict()["1.weight"], expected)


@pytest.mark.usefixtures("loads")
@pytest.mark.parametrize("taken", [True, False])
def test_what_is_kept_no_longer_or_of_another_card_teaches_nobody(
    toy_card: ModelCard, taken: bool
) -> None:
    bench, kept, teachers = _with_kept_training(toy_card)
    source = kept.trial.card if taken else replace(kept.trial.card)
    if taken:
        bench.take_training(kept.trial)
    bench.trial(_pupil(source, teachers), "cpu").prepared_model()
    assert teachers[0] is not kept.model
    assert torch.equal(teachers[0].state_dict()["1.weight"], kept.model.state_dict()["1.weight"])


@pytest.mark.usefixtures("loads")
def test_models_of_one_view_share_their_data(toy_card: ModelCard) -> None:
    bench = Workbench(Settings())
    seen = [
        bench.trial(replace(toy_card, id=name, view=Stratified(samples)), "cpu").data
        for name, samples in (("toy/a", None), ("toy/b", None), ("toy/c", 10))
    ]
    assert seen[0] is seen[1]
    assert len(seen[2].train) == 10


def test_a_device_s_peaks_are_measured_once_and_the_nearer_roof_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    products, copies = iter([200.0]), iter([20.0])
    monkeypatch.setattr(module, "matmul_peak", lambda _: next(products))
    monkeypatch.setattr(module, "copy_peak", lambda _: next(copies))
    bench = Workbench(Settings())
    assert bench.roofline_fraction(Cost(50.0, 1.0), "cpu") == 0.25
    assert bench.roofline_fraction(Cost(50.0, 10.0), "cpu") == 0.5


def _with_kept_training(card: ModelCard) -> tuple[Workbench, TimedTraining, list[nn.Module]]:
    """A bench of another seed and budget than the usual ones, what it keeps, and room for more."""
    bench = Workbench(Settings(seed=7, budget="paper"))
    recipes = {**card.recipes, "paper": replace(card.recipes["paper"], epochs=4)}
    kept = time_training(bench.trial(replace(card, recipes=recipes), "cpu"))
    bench.keep(kept)
    return bench, kept, []


def _pupil(source: ModelCard, teachers: list[nn.Module]) -> ModelCard:
    """A card that notes which model of `source` it is given to learn from."""
    return replace(
        source, id="toy/pupil", prepare=lambda _m, _d, teacher: teachers.append(teacher(source))
    )
