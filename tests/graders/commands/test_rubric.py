from pathlib import Path

import pytest
from click.testing import CliRunner

from graders.cli import cli
from graders.rubric import InvalidRubricError, bundled_rubric, load_rubric

GOOD = bundled_rubric("dat565/lenet")


def test_a_right_rubric_is_summed_up() -> None:
    done = CliRunner().invoke(cli, ["rubric", "check", str(GOOD)])
    assert done.exit_code == 0, done.output
    assert done.output.startswith("dat565/lenet: Problem 3")
    assert "needs answers" in done.output
    assert "100 points in all; 100 are a pass." in done.output


def test_terms_and_lateness_are_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    text = GOOD.read_text().replace("points = 10", 'points = 10\nvisibility = "hidden"\ncap = 50')
    late = "[late]\npoints_per_day = 10\ngrace_hours = 2\nmost = 30\n\n[[criterion]]"
    path.write_text(
        text.replace("[[criterion]]", late, 1).replace(
            "points = 15", "points = 15\nrequired = true", 1
        )
    )
    done = CliRunner().invoke(cli, ["rubric", "check", str(path)])
    assert done.exit_code == 0, done.output
    assert "at most 50 in all without it; hidden" in done.output
    assert "required" in done.output
    assert "Each day late costs 10 after 2 hours of grace, 30 at most." in done.output


def test_what_each_criterion_asks_for_is_told(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["rubric", "check", str(GOOD)])
    assert "equals 36,038" in done.output
    assert "the reference's shapes" in done.output
    assert "at least 0.999" in done.output
    assert "real 0 at 0.8 to" in done.output
    path = tmp_path / "mine.toml"
    path.write_text(
        'assignment = "dat565/lenet"\ntitle = "t"\n[[criterion]]\nid = "layers"\nname = "L"\n'
        'metric = "architecture"\npoints = 10\nshapes = false\nlayers = ["dense", "dense"]\n'
        'forbidden = ["norm"]\n[[criterion]]\nid = "speed"\nname = "S"\nmetric = "throughput"\n'
        "points = 5\ncurve = [[0.5, 0], [1, 5]]\n"
    )
    done = CliRunner().invoke(cli, ["rubric", "check", str(path)])
    assert "layers dense, dense; forbidden norm" in done.output
    assert "0 at 0.5 to 5 at 1" in done.output
    assert "reference's" not in done.output


def test_notes_are_printed(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.read_text().replace("36_038", "1"))
    done = CliRunner().invoke(cli, ["rubric", "check", str(path)])
    assert done.exit_code == 0
    assert "Note: 'parameters': dat565/lenet itself has 36,038 parameters" in done.output


def test_every_problem_is_a_line_and_the_status_is_2(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.read_text().replace("points = 60", "pionts = 60"))
    done = CliRunner().invoke(cli, ["rubric", "check", str(path)])
    assert done.exit_code == 2
    lines = done.stderr.splitlines()
    assert all(line.startswith(f"{path}: line ") for line in lines)
    assert len(lines) == 2
    with pytest.raises(InvalidRubricError, match=r"pionts.*and 1 more: `gradebench rubric"):
        load_rubric(path)
