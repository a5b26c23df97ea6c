from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import reproduction
from benchmarks.reproduction import Reproduction, Run, compare, reproduce
from reference_models import Arm, Experiment, ReportedFigure, find_model
from reference_models.data import load_dataset
from reference_models.training import Epoch, History, Recipe

_RECIPE = Recipe(epochs=2, batch_size=64, learning_rate=0.1, input_scale="unit")
_MODEL = "dat565/dense-64-64"


def _history(*accuracies: float) -> History:
    return History(
        tuple(
            Epoch(number, train_loss=1.0, train_accuracy=0.5, test_accuracy=value, seconds=1.0)
            for number, value in enumerate(accuracies, start=1)
        )
    )


def _result(*runs: Run) -> Reproduction:
    return Reproduction(
        experiment="toy/experiment",
        budget="paper",
        data="real",
        dataset="toy",
        data_key="toy-1",
        test_samples=100,
        device="cpu",
        device_name="abacus",
        threads=1,
        torch="2",
        finished="2026-01-01T00:00:00+00:00",
        seconds=1.0,
        resumed=False,
        runs=runs,
    )


def _experiment(*figures: ReportedFigure, repeats: int = 1, arms: int = 1) -> Experiment:
    labels = [f"arm {number}" for number in range(arms)]
    return Experiment(
        id="toy/experiment",
        title="",
        section="",
        arms=tuple(Arm(label, _MODEL, _RECIPE) for label in labels),
        repeats=repeats,
        reported=figures,
    )


def test_mean_and_deviation_are_over_an_arms_own_runs() -> None:
    figures = [
        ReportedFigure("test_accuracy", 0.5, "table", arm="arm 0", repeat=kind)
        for kind in ("mean", "std")
    ]
    runs = [Run("arm 0", i, i, _history(value)) for i, value in enumerate((0.4, 0.6))]
    other = Run("arm 1", 1, 9, _history(0.9))
    mean, deviation = compare(_experiment(*figures, arms=2), _result(*runs, other))
    assert mean.ours == pytest.approx(0.5)
    assert mean.runs == 2
    assert mean.low is not None
    assert mean.high is not None
    assert mean.low < 0.5 < mean.high
    assert deviation.ours == pytest.approx(0.1)  # population form, as the reports print it


def test_a_figure_of_a_repeat_and_an_epoch_is_that_run_then() -> None:
    figure = ReportedFigure("test_accuracy", 0.5, "figure", arm="arm 0", repeat=2, epoch=1)
    runs = [Run("arm 0", i, i, _history(0.1 * i, 0.9)) for i in (1, 2)]
    (row,) = compare(_experiment(figure), _result(*runs))
    assert row.ours == pytest.approx(0.2)
    assert row.low is not None
    assert row.low < 0.2


def test_a_figure_of_an_epoch_that_was_not_reached_is_left_out() -> None:
    figure = ReportedFigure("test_accuracy", 0.5, "figure", epoch=40)
    assert compare(_experiment(figure), _result(Run("arm 0", 1, 0, _history(0.1)))) == ()


def test_a_train_figure_of_one_run_has_no_interval() -> None:
    figure = ReportedFigure("train_accuracy", 0.5, "figure")
    (row,) = compare(_experiment(figure), _result(Run("arm 0", 1, 0, _history(0.1))))
    assert (row.ours, row.low, row.high) == (0.5, None, None)


def test_every_arm_is_trained_as_often_as_the_report_did_each_from_its_own_seed() -> None:
    experiment = _experiment(repeats=2, arms=2)
    result = reproduce(experiment, load_dataset("mnist"))
    assert [(run.arm, run.repeat) for run in result.runs] == [
        *(("arm 0", 1), ("arm 0", 2), ("arm 1", 1), ("arm 1", 2)),
    ]
    assert len({run.seed for run in result.runs}) == 4
    assert not result.may_be_compared


def test_one_model_alone_and_in_a_stack_is_the_same_experiment() -> None:
    data = load_dataset("mnist")
    alone = reproduce(_experiment(), data)
    stacked = reproduce(_experiment(repeats=2), data)
    first, second = alone.runs[0].history.last, stacked.runs[0].history.last
    assert first.train_loss == pytest.approx(second.train_loss, rel=1e-4)


def test_a_checkpoint_spares_the_work_and_is_admitted(tmp_path: Path) -> None:
    experiment = _experiment()
    data = load_dataset("mnist")
    path = tmp_path / "run.pt"
    first = reproduce(experiment, data, checkpoint=path)
    again = reproduce(experiment, data, checkpoint=path)
    assert not first.resumed
    assert again.resumed
    assert again.runs[0].history == first.runs[0].history


def test_only_the_papers_budget_on_real_data_may_be_compared() -> None:
    result = _result(Run("arm 0", 1, 0, _history(0.1)))
    assert result.may_be_compared
    assert not replace(result, data="embedded").may_be_compared
    assert not replace(result, budget="quick").may_be_compared


def test_paper_recipes_are_left_as_they_are() -> None:
    arm = Arm("a", _MODEL, replace(_RECIPE, epochs=40))
    data = load_dataset("mnist")
    member = reproduction._member(arm, 0, "paper", data, "cpu")
    assert member.recipe == arm.recipe
    assert reproduction._member(arm, 0, "quick", data, "cpu").recipe.epochs < 40
    assert sum(p.numel() for p in member.model.parameters()) == find_model(_MODEL).parameters
