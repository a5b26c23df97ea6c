"""What `gradebench grade` refuses before anything runs."""

from pathlib import Path

import pytest

from graders.cli import main
from graders.rubric import bundled_rubric

DUE = ("--deadline", "2026-11-20T23:59Z")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (DUE, "give --deadline and --submitted together"),
        (("--submitted", "times.csv"), "give --deadline and --submitted together"),
        ((*DUE, "--submitted", "times.csv"), "the table of times has no submission 'work.py'"),
        ((*DUE, "--submitted", "no.csv"), "no.csv: cannot be read"),
    ],
)
def test_a_deadline_that_cannot_be_used_ends_before_anything_runs(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    reason: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    rubric = bundled_rubric("cs7cs4/convolution").read_text()
    late = "[late]\npoints_per_day = 10\n\n[[criterion]]"
    Path("mine.toml").write_text(rubric.replace("[[criterion]]", late, 1))
    Path("work.py").write_text("x = 1")
    Path("times.csv").write_text("submission,submitted\nada,2026-11-21\n")
    call = ("grade", "work.py", "--assignment", "cs7cs4/convolution", "--rubric", "mine.toml")
    monkeypatch.setattr("sys.argv", ["gradebench", *call, *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert reason in capfd.readouterr().err
    assert not Path("grades").exists()
