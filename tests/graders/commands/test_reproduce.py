import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.errors import MeasurementError, ResultsError
from graders.commands.reproduce import reproduce
from reference_models import UnknownIdError


def test_an_experiment_is_trained_recorded_and_printed(tmp_path: Path) -> None:
    call = CliRunner().invoke(reproduce, ["dat565/dense-curves", "--out", str(tmp_path)])
    assert call.exit_code == 0, call.output
    assert "embedded: scikit-learn digits" in call.output
    (entry,) = json.loads((tmp_path / "reproduction.json").read_text())
    assert entry["conditions"]["experiment"] == "dat565/dense-curves"
    assert f"{entry['runs'][0]['history']['epochs'][0]['test_accuracy']:.4f}" in call.output


def test_figures_on_embedded_data_stand_beside_no_reported_one(tmp_path: Path) -> None:
    call = CliRunner().invoke(reproduce, ["dat565/dense-curves", "--out", str(tmp_path)])
    assert "Not the report's data and budget" in call.output
    assert "0.869" not in call.output  # what the report printed for epoch 1


def test_a_second_call_trains_nothing_that_is_recorded(tmp_path: Path) -> None:
    arguments = ["dat565/dense-64-64", "--out", str(tmp_path)]
    first, again = (CliRunner().invoke(reproduce, arguments) for _ in range(2))
    assert again.output == first.output
    assert len(json.loads((tmp_path / "reproduction.json").read_text())[0]["runs"]) == 1


def test_an_unknown_id_is_an_error_that_suggests_one(tmp_path: Path) -> None:
    call = CliRunner().invoke(reproduce, ["dat565/weight-decai", "--out", str(tmp_path)])
    assert isinstance(call.exception, UnknownIdError)
    assert "did you mean 'dat565/weight-decay'" in str(call.exception)


def test_an_unknown_arm_is_an_error_that_lists_them(tmp_path: Path) -> None:
    arguments = ["dat565/dense-curves", "--arm", "blurred", "--out", str(tmp_path)]
    call = CliRunner().invoke(reproduce, arguments)
    assert isinstance(call.exception, UnknownIdError)
    assert str(call.exception) == "no arm is called 'blurred'; there are: raw pixels"


def test_a_foreign_file_is_refused_before_anything_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.reproduction.reproduce", None)
    (tmp_path / "reproduction.json").write_text("{")
    call = CliRunner().invoke(reproduce, ["dat565/dense-curves", "--out", str(tmp_path)])
    assert isinstance(call.exception, ResultsError)


def test_cuda_without_cuda_is_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    call = CliRunner().invoke(reproduce, ["--device", "cuda", "--out", str(tmp_path)])
    assert isinstance(call.exception, MeasurementError)
    assert str(call.exception) == "--device cuda: torch sees no CUDA device on this machine"
