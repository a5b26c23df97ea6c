import json
from dataclasses import replace
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.figures import Figures
from benchmarks.measure import Control, count_parameters
from benchmarks.schema import ExtraInfo
from benchmarks.settings import Settings
from benchmarks.training import TimedTraining
from benchmarks.trial import Trial
from benchmarks.workbench import Workbench
from reference_models.training import History, Scores

NAMES = st.sampled_from(sorted(ExtraInfo.model_fields))
VALUES = st.floats() | st.integers() | st.text("abc", max_size=3) | st.none()


def test_a_benchmark_that_breaks_off_leaves_every_field_and_a_failure() -> None:
    extra_info: dict[str, Any] = {}
    Figures(extra_info)
    assert list(extra_info) == list(ExtraInfo.model_fields)
    assert {name for name, value in extra_info.items() if value is not None} == {"outcome"}
    assert extra_info["outcome"] == "failed"


@given(st.dictionaries(NAMES, VALUES))
def test_whatever_is_noted_is_json(noted: dict[str, Any]) -> None:
    extra_info: dict[str, Any] = {}
    Figures(extra_info).record(**noted)
    assert json.loads(json.dumps(extra_info, allow_nan=False)) == extra_info


@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_what_is_not_a_number_becomes_null(value: float) -> None:
    extra_info: dict[str, Any] = {}
    Figures(extra_info).record(train_seconds=value)
    assert extra_info["train_seconds"] is None


def test_a_name_the_schema_lacks_is_refused() -> None:
    figures = Figures({})
    with pytest.raises(TypeError, match="the schema has no acuracy"):
        figures.record(acuracy=0.9)


def test_a_trial_is_described_by_what_was_counted_and_where_it_ran(toy_trial: Trial) -> None:
    figures = Figures({})
    figures.describe(toy_trial, metric="accuracy")
    noted = figures.as_dict()
    assert noted["parameters"] == count_parameters(toy_trial.fresh_model()) == 10
    assert noted["flops_per_sample"] == 16
    assert (noted["model"], noted["assignment"]) == ("toy/linear", "toy")
    assert (noted["data"], noted["dataset"]) == ("embedded", "black and white")
    assert (noted["data_key"], noted["budget"]) == ("toy-1", "quick")


def test_the_dtype_is_the_model_s_own(toy_trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Trial, "untrained", toy_trial.fresh_model().double())
    monkeypatch.setattr(Trial, "forward_flops", 16)
    figures = Figures({})
    figures.describe(replace(toy_trial), metric="accuracy")
    assert figures.as_dict()["dtype"] == "float64"


def test_a_full_record_satisfies_the_schema(
    toy_trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.workbench.matmul_peak", lambda _: 1e9)
    monkeypatch.setattr("benchmarks.workbench.copy_peak", lambda _: 1e12)
    figures = Figures({})
    figures.describe(toy_trial, metric="accuracy")
    with Control("cpu").watching() as control:
        control()
    training = TimedTraining(toy_trial, toy_trial.fresh_model(), History(), 0.5, control)
    figures.record_training(training, Workbench(Settings()))
    figures.record_scores(Scores(40, 0.7, 30), toy_trial)
    figures.conclude("passed")
    info = ExtraInfo.model_validate(figures.as_dict())
    assert info.roofline_fraction == toy_trial.training_cost.flops / 0.5 / 1e9
    assert (info.accuracy, info.test_samples, info.test_loss) == (0.75, 40, 0.7)
    assert info.chance == 0.5
    assert (info.train_seconds, info.epochs) == (0.5, 3)
    assert (info.control_seconds, info.meeting_seconds, info.waiting_threads) == (
        control.seconds,
        control.meeting_seconds,
        control.waiting_threads,
    )
    assert info.warmup_seconds == toy_trial.warmup_seconds
    assert info.peak_memory_bytes == toy_trial.training_memory


def test_what_cannot_be_right_has_a_loss_and_no_accuracy(toy_trial: Trial) -> None:
    figures = Figures({})
    assert figures.record_scores(Scores(40, 0.7, None), toy_trial) is None
    noted = figures.as_dict()
    assert (noted["test_loss"], noted["test_samples"]) == (0.7, 40)
    assert noted["accuracy"] is noted["chance"] is None
