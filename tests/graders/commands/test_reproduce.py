import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.errors import MeasurementError, ResultsError
from benchmarks.reproduction import Reproduction, Run
from graders.commands.reproduce import read_records, record, reproduce
from reference_models import UnknownIdError
from reference_models.training import Epoch, History


def _result(accuracy: float, *, experiment: str = "dat565/dense-curves") -> Reproduction:
    history = History((Epoch(1, 1.0, 0.5, accuracy, 1.0),))
    return Reproduction(
        experiment=experiment,
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
        runs=(Run("raw pixels", 1, 0, history),),
    )


def test_an_experiment_is_trained_recorded_and_printed(tmp_path: Path) -> None:
    call = CliRunner().invoke(reproduce, ["dat565/dense-curves", "--out", str(tmp_path)])
    assert call.exit_code == 0, call.output
    assert "embedded: scikit-learn digits" in call.output
    (entry,) = json.loads((tmp_path / "reproduction.json").read_text())
    assert entry["experiment"] == "dat565/dense-curves"
    assert f"{entry['runs'][0]['history']['epochs'][0]['test_accuracy']:.4f}" in call.output


def test_figures_on_embedded_data_stand_beside_no_reported_one(tmp_path: Path) -> None:
    call = CliRunner().invoke(reproduce, ["dat565/dense-curves", "--out", str(tmp_path)])
    assert "Not the report's data and budget" in call.output
    assert "0.8690" not in call.output  # what the report printed for epoch 1


def test_no_checkpoint_stays_behind_a_finished_run(tmp_path: Path) -> None:
    CliRunner().invoke(reproduce, ["dat565/dense-curves", "--out", str(tmp_path)])
    assert not list(tmp_path.rglob("*.pt"))


def test_an_unknown_experiment_is_an_error_that_suggests_one(tmp_path: Path) -> None:
    call = CliRunner().invoke(reproduce, ["dat565/weight-decai", "--out", str(tmp_path)])
    assert isinstance(call.exception, UnknownIdError)
    assert "did you mean 'dat565/weight-decay'" in str(call.exception)


def test_a_run_of_the_same_conditions_replaces_the_older(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "reproduction.json"
    for result in (_result(0.1), _result(0.9), _result(0.5, experiment="dat565/lenet-curves")):
        record(path, result)
    kept = [run["runs"][0]["history"]["epochs"][0]["test_accuracy"] for run in read_records(path)]
    assert kept == [0.9, 0.5]


@pytest.mark.parametrize("content", ["", "{", "{}", "[1]"])
def test_a_file_that_is_no_list_of_runs_is_left_as_it_was(tmp_path: Path, content: str) -> None:
    path = tmp_path / "reproduction.json"
    path.write_text(content)
    with pytest.raises(ResultsError, match=r"reproduction\.json: is not a list of reproductions"):
        record(path, _result(0.1))
    assert path.read_text() == content


def test_cuda_without_cuda_is_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    call = CliRunner().invoke(reproduce, ["--device", "cuda", "--out", str(tmp_path)])
    assert isinstance(call.exception, MeasurementError)
    assert str(call.exception) == "--device cuda: torch sees no CUDA device on this machine"
