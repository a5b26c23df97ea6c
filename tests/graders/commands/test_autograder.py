import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from graders.commands.autograder import autograder
from graders.errors import ExportError, RubricError
from graders.rubric import bundled_rubric

MODEL = "dat565/dense-64-64"


def call(*words: object) -> Result:
    return CliRunner().invoke(autograder, ["--assignment", MODEL, *(str(word) for word in words)])


def test_help_is_there_without_torch() -> None:
    code = (
        "import sys\nfrom graders.commands.autograder import autograder\n"
        "autograder(['--help'], standalone_mode=False)\nsys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_bundled_rubric_goes_in(tmp_path: Path) -> None:
    done = call("--out", tmp_path / "a.zip")
    assert done.exit_code == 0, done.output
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.read("rubric.toml") == bundled_rubric(MODEL).read_bytes()
        assert b"--timeout 120" in archive.read("run_autograder")


def test_a_rubric_of_ones_own_goes_in_under_a_plain_name(tmp_path: Path) -> None:
    rubric = tmp_path / "$(touch x); mine.toml"
    rubric.write_text(bundled_rubric(MODEL).read_text().replace("Problem", "My problem"))
    done = call("--rubric", rubric, "--timeout", 9, "--out", tmp_path / "a.zip")
    assert done.exit_code == 0, done.output
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.namelist() == ["setup.sh", "run_autograder", "rubric.toml"]
        assert archive.read("rubric.toml") == rubric.read_bytes()
        assert b"--timeout 9 " in archive.read("run_autograder")


def test_a_late_penalty_is_left_to_gradescope_and_that_is_said(tmp_path: Path) -> None:
    rubric = tmp_path / "mine.toml"
    late = "[late]\npoints_per_day = 10\n\n[[criterion]]"
    rubric.write_text(bundled_rubric(MODEL).read_text().replace("[[criterion]]", late, 1))
    done = call("--rubric", rubric, "--out", tmp_path / "a.zip")
    assert "[late] is not applied" in done.output
    plain = call("--out", tmp_path / "b.zip")
    assert "[late]" not in plain.output


def test_a_rubric_for_something_else_is_refused(tmp_path: Path) -> None:
    done = call("--rubric", bundled_rubric("dat565/lenet"), "--out", tmp_path / "a.zip")
    assert isinstance(done.exception, RubricError)
    assert "is for dat565/lenet" in str(done.exception)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("there", "reason"), [(True, "is no wheel"), (False, "there is no wheel")])
def test_a_wheel_that_is_none_is_refused_and_nothing_is_written(
    tmp_path: Path, there: bool, reason: str
) -> None:
    wheel = tmp_path / "x.whl"
    if there:
        wheel.touch()
    done = call("--wheel", wheel, "--out", tmp_path / "a.zip")
    assert isinstance(done.exception, ExportError)
    assert reason in str(done.exception)
    assert not (tmp_path / "a.zip").exists()


@pytest.mark.parametrize("words", [["--data", "imaginary"], ["--timeout", "0"], ["surplus"]])
def test_a_malformed_call_exits_with_2(words: list[str]) -> None:
    assert call(*words).exit_code == 2
