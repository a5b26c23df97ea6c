"""`gradebench compare` from the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.errors import ResultsError
from benchmarks.schema import ExtraInfo
from graders.commands.compare import compare

INFO = dict.fromkeys(ExtraInfo.model_fields) | {
    "model": "dat565/dense-64-64",
    "assignment": "dat565",
    "data": "embedded",
    "dataset": "digits",
    "data_key": "abc",
    "budget": "quick",
    "device": "cpu",
    "device_name": "Abacus 9000",
    "dtype": "float32",
    "seed": 0,
    "parameters": 55_050,
    "flops_per_sample": 110_000,
    "outcome": "passed",
}
MACHINE = dict.fromkeys(("cuda", "cuda_device", "cuda_driver")) | {
    "cpu_model": "Abacus 9000",
    "cores": 2,
    "threads": 2,
    "torch": "2.15",
}


def write(path: Path, accuracy: float) -> str:
    """A run of two benchmarks: how often the model is right, and how fast it answers."""
    right = {
        "accuracy_low": accuracy - 0.03,
        "accuracy": accuracy,
        "accuracy_high": accuracy + 0.02,
    }
    infos = [
        {**INFO, **right, "metric": "accuracy", "test_samples": 500},
        {**INFO, "metric": "samples_per_second", "control_seconds": 0.001},
    ]
    stats = {"rounds": 20, "min": 1.0, "max": 1.2, "mean": 1.1, "median": 1.1}
    stats["data"] = [1 + k / 100 for k in range(20)]
    benchmarks = [{"name": "n", "fullname": "f", "stats": stats, "extra_info": i} for i in infos]
    run = {"machine_info": MACHINE, "benchmarks": benchmarks, "datetime": "now", "version": "5"}
    path.write_text(json.dumps(run))
    return str(path)


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """A run, and one in which the model is right less often."""
    return write(tmp_path / "before.json", 0.95), write(tmp_path / "after.json", 0.75)


def test_the_same_run_makes_no_difference(files: tuple[str, str]) -> None:
    call = CliRunner().invoke(compare, [files[0], files[0], "--fail-on", "worse"])
    assert (call.exit_code, call.output) == (
        0,
        "0 better, 0 worse, 2 no difference, 0 not comparable\n",
    )


@pytest.mark.parametrize(("words", "status"), [([], 0), (["--fail-on", "worse"], 1)])
def test_what_got_worse_is_listed(files: tuple[str, str], words: list[str], status: int) -> None:
    call = CliRunner().invoke(compare, [*files, *words], standalone_mode=False)
    assert call.return_value == status
    _, _, line, _, summary = call.output.splitlines()
    assert line.split()[:3] == ["dat565/dense-64-64", "cpu", "accuracy"]
    assert "worse" in line
    assert "-20.00 points [" in line
    assert summary == "0 better, 1 worse, 1 no difference, 0 not comparable"


def test_all_lists_also_what_makes_no_difference(files: tuple[str, str]) -> None:
    call = CliRunner().invoke(compare, [files[0], files[0], "--all"])
    assert "answering" in call.output
    assert "x 1.000 (x 1.000 by the clock)" in call.output


def test_a_file_that_is_none_is_one_line(tmp_path: Path, files: tuple[str, str]) -> None:
    call = CliRunner().invoke(compare, [files[0], str(tmp_path / "gone.json")])
    assert isinstance(call.exception, ResultsError)
    assert "cannot be read" in str(call.exception)
