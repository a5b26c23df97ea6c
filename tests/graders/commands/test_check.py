from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from graders.cli import cli
from graders.sandbox import Sandbox

EXAMPLES = Path(__file__).parents[3] / "examples" / "submissions"
MODEL = "dat565/dense-64-64"


def check(path: Path, assignment: str = MODEL) -> Result:
    return CliRunner().invoke(cli, ["check", str(path), "--assignment", assignment])


def test_a_good_submission_is_fine(sandbox: Sandbox) -> None:
    done = check(EXAMPLES / "good")
    assert done.exit_code == 0, done.output
    assert done.output.count("\nok ") == 3
    assert "seen  Accuracy on images it has not seen: 9" in done.output
    assert "Not checked: the images that a grade is given on." in done.output
    assert sandbox.holds


def test_a_wrong_one_is_told_what_is_wrong(sandbox: Sandbox) -> None:
    done = check(EXAMPLES / "wrong-architecture")
    assert done.exit_code == 1
    assert "is 10x64, not 64x64" in done.output
    assert sandbox.holds


def test_what_cannot_be_opened_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    done = check(tmp_path)
    assert done.exit_code == 1
    assert done.output.startswith("wrong there is no model.py")


def test_labels_are_in_the_cache_before_a_sandbox_hides_it(labels_at_opening: list[Path]) -> None:
    assert check(EXAMPLES / "good").exit_code == 0
    assert len(labels_at_opening) == 1


def test_without_a_sandbox_code_is_only_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graders.sandbox.open_sandbox", lambda _: Sandbox(reason="no luck"))
    done = check(EXAMPLES / "good")
    assert done.exit_code == 0, done.output
    assert "Your code was not run: no luck" in done.output
    assert "seen  model.py defines Network" in done.output
    assert "Not checked: whether it runs, and all that it answers." in done.output


def test_a_function_is_looked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("graders.sandbox.open_sandbox", lambda _: Sandbox(reason="no luck"))
    (tmp_path / "solution.py").write_text("def convolve2d(image, kernel): ...")
    done = check(tmp_path, "cs7cs4/convolution")
    assert "ok    solution.py defines convolve2d" in done.output
