"""What `gradebench grade` refuses before anything runs."""

from pathlib import Path

import pytest

from graders.cli import main
from graders.rubric import bundled_rubric

PART = "cs7cs4/convolution"
DUE = ("--deadline", "2026-11-20T23:59Z")


def write_late_rubric(path: Path) -> None:
    late = "[late]\npoints_per_day = 10\n\n[[criterion]]"
    path.write_text(bundled_rubric(PART).read_text().replace("[[criterion]]", late, 1))


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("odd", [True, False])
def test_what_is_rarely_meant_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], odd: bool
) -> None:
    for student in ("class/ada", "class/bob"):
        (tmp_path / student).mkdir(parents=True)
        (tmp_path / student / "solution.py").write_text("x = 1")
    write_late_rubric(tmp_path / "mine.toml")
    sources = ["class"] if odd else ["class/ada", "class/bob"]
    rubric = ["--rubric", "mine.toml"] if odd else []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "sys.argv", ["gradebench", "grade", *sources, "--assignment", PART, *rubric]
    )
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    notes = capfd.readouterr().err
    assert ("without --deadline and --submitted nobody was late" in notes) == odd
    assert ("several in it (ada, bob): to grade each, name each" in notes) == odd


def test_labels_are_in_the_cache_before_a_sandbox_hides_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, labels_at_opening: list[Path]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("model.py").write_text("x = 1")
    call = ("grade", "model.py", "--assignment", "dat565/dense-64-64")
    monkeypatch.setattr("sys.argv", ["gradebench", *call])
    with pytest.raises(SystemExit):
        main()
    assert len(labels_at_opening) == 1


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
    write_late_rubric(Path("mine.toml"))
    Path("work.py").write_text("x = 1")
    Path("times.csv").write_text("submission,submitted\nada,2026-11-21\n")
    call = ("grade", "work.py", "--assignment", PART, "--rubric", "mine.toml")
    monkeypatch.setattr("sys.argv", ["gradebench", *call, *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert reason in capfd.readouterr().err
    assert not Path("grades").exists()
