"""`gradebench compare` from the command line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.errors import ResultsError
from benchmarks.schema import Results
from graders.commands.compare import compare

MODEL = "dat565/dense-64-64"


@pytest.fixture
def files(tmp_path: Path, make_run: Callable[..., Results]) -> tuple[str, str]:
    """A run of accuracy and speed, and one in which the model is right less often."""
    speed = {
        "model": MODEL,
        "metric": "samples_per_second",
        "control_seconds": 0.001,
        "rounds": [1 + k / 100 for k in range(20)],
    }
    for name, accuracy in (("before", 0.95), ("after", 0.75)):
        right = {"model": MODEL, "accuracy": accuracy, "test_samples": 500}
        (tmp_path / f"{name}.json").write_text(make_run(right, speed).model_dump_json())
    return str(tmp_path / "before.json"), str(tmp_path / "after.json")


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
