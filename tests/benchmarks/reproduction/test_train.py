from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from benchmarks.reproduction import Run, reproduce, weights_file
from benchmarks.reproduction.runs import TIMINGS
from reference_models import Arm, Experiment, ReportedFigure, find_model
from reference_models.cards import Teacher
from reference_models.data import Dataset, View, load_dataset
from reference_models.training import evaluate
from reference_models.training.tasks import CLASSIFICATION

MakeExperiment = Callable[..., Experiment]


def _all(experiment: Experiment, **options: object) -> list[Run]:
    finished = reproduce(experiment, load_dataset, **options)  # type: ignore[arg-type]
    return [run for runs in finished for run in runs]


def test_every_arm_is_trained_as_often_as_the_report_did_each_from_its_own_seed(
    make_experiment: MakeExperiment,
) -> None:
    runs = _all(make_experiment(repeats=2, arms=2))
    assert [(run.arm, run.repeat) for run in runs] == [
        *(("arm 0", 1), ("arm 0", 2), ("arm 1", 1), ("arm 1", 2)),
    ]
    assert len({run.seed for run in runs}) == 4


def test_more_seeds_repeat_what_fewer_did_and_add_to_it(make_experiment: MakeExperiment) -> None:
    (alone,) = _all(make_experiment())
    first, second = _all(make_experiment(), seeds=2)
    assert first.seed == alone.seed
    losses = [run.history.last.train_loss for run in (first, alone, second)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    assert losses[0] != pytest.approx(losses[2], rel=1e-4)


def test_what_is_done_is_not_trained_again(make_experiment: MakeExperiment) -> None:
    experiment = make_experiment(arms=2)
    first, second = _all(experiment)
    assert [run.arm for run in _all(experiment, done=[first])] == [second.arm]
    assert _all(experiment, done=[first, second]) == []


def test_arms_may_be_chosen(make_experiment: MakeExperiment) -> None:
    assert [run.arm for run in _all(make_experiment(arms=3), arms=["arm 1"])] == ["arm 1"]


def test_a_run_leaves_its_weights_and_no_checkpoint(
    make_experiment: MakeExperiment, tmp_path: Path
) -> None:
    experiment = make_experiment()
    (run,) = _all(experiment, folder=tmp_path)
    model = find_model("dat565/dense-64-64").build()
    model.load_state_dict(load_file(weights_file(tmp_path, experiment.id, run.arm, run.seed)))
    scores = evaluate(model, load_dataset("mnist").test, "unit", CLASSIFICATION)
    assert scores.accuracy == run.history.last.test_accuracy
    assert not list(tmp_path.rglob("*.pt"))


def test_a_killed_run_goes_on_from_its_checkpoint(
    make_experiment: MakeExperiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    (unbroken,) = _all(make_experiment())
    with monkeypatch.context() as patch:
        patch.setattr("benchmarks.reproduction.train._run", die)
        with pytest.raises(Killed):
            _all(make_experiment(), folder=tmp_path)
    assert len(list(tmp_path.rglob("*.pt"))) == 1
    (resumed,) = _all(make_experiment(), folder=tmp_path)
    assert resumed.resumed
    assert not unbroken.resumed
    losses = [run.history.last.train_loss for run in (resumed, unbroken)]
    assert losses[0] == losses[1]


def test_measures_that_the_report_printed_are_taken(make_experiment: MakeExperiment) -> None:
    figures = (ReportedFigure("macro_recall", 0.5, "table"), ReportedFigure("loss", 1.0, "table"))
    (run,) = _all(make_experiment(*figures))
    assert set(run.figures) == {"macro_recall", *TIMINGS}
    assert run.figures["train_seconds"] == run.history.seconds
    steps = 21  # an epoch of 1,297 samples in batches of 64
    for name, epoch in (("first_step", 0), ("step", 1)):
        seconds = run.history.epochs[epoch].seconds
        assert run.figures[f"{name}_milliseconds"] == pytest.approx(1000 * seconds / steps)
    assert run.figures["macro_recall"] == pytest.approx(run.history.last.test_accuracy, abs=0.05)


def test_an_arm_sees_its_own_view(make_experiment: MakeExperiment) -> None:
    experiment = make_experiment()
    arm = replace(experiment.arms[0], view=View(validation=0.1))
    (run,) = _all(replace(experiment, arms=(arm,)))
    assert run.train_samples == 1167
    assert run.history.last.validation_accuracy is not None


def test_quick_recipes_are_short_and_paper_recipes_as_they_are(
    make_experiment: MakeExperiment,
) -> None:
    experiment = make_experiment()
    recipe = experiment.arms[0].recipe
    assert recipe is not None
    long = replace(experiment.arms[0], recipe=replace(recipe, epochs=12))
    for budget, epochs in (("paper", 12), ("quick", 8)):
        (run,) = _all(replace(experiment, arms=(long,)), budget=budget)
        assert len(run.history.epochs) == epochs


def test_a_model_that_is_never_trained_has_measures_and_no_history(
    make_experiment: MakeExperiment,
) -> None:
    figure = ReportedFigure("final_test_accuracy", 0.1, "table")
    experiment = make_experiment(figure)
    untrained = Arm("as built", "dat565/dense-64-64", None)
    (run,) = _all(replace(experiment, arms=(untrained,)))
    assert run.history.epochs == ()
    assert 0 <= run.figures["final_test_accuracy"] <= 1


def test_arms_of_a_prepared_model_share_the_preparation(
    make_experiment: MakeExperiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    plain = find_model("dat565/dense-64-64")

    def build() -> torch.nn.Module:
        calls.append(torch.initial_seed())
        return plain.module()

    def prepare(model: torch.nn.Module, _: Dataset, teacher: Teacher) -> None:
        model.load_state_dict(teacher(replace(plain, module=build)).state_dict())

    experiment = make_experiment(arms=2)
    card = replace(plain, prepare=prepare)
    monkeypatch.setattr("benchmarks.reproduction.train.find_model", lambda _: card)
    _all(experiment, seeds=2)
    assert calls == [0, 1000]
