"""The command line from outside: exit status, one line on stderr, files."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from graders.cli import main
from graders.sandbox import Sandbox

MODEL = "dat565/dense-64-64"
COMMAND = (sys.executable, "-c", "from graders.cli import main; main()")
_LISTEN = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
LISTENING = (*COMMAND[:2], _LISTEN + COMMAND[2])
"""The same where SIGINT is ignored from the start, as below a shell's `&`."""


@dataclass(frozen=True)
class Ended:
    """How a call ended."""

    returncode: int
    stdout: str
    stderr: str


Gradebench = Callable[..., Ended]


@pytest.fixture
def gradebench(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Gradebench:
    """Call the command line in this process, which has torch already."""

    def _call(*words: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["gradebench", *(str(word) for word in words)])
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        return Ended(ended.value.code, *capfd.readouterr())

    return _call


@pytest.fixture
def work(tmp_path: Path) -> Path:
    path = tmp_path / "work.py"
    path.write_text("x = 1")
    return path


def error_line(done: Ended) -> str:
    """The one line that a wrong call ends in."""
    assert done.returncode == 2, done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("gradebench: error: ")
    return lines[0]


def test_help_is_there_without_torch(gradebench: Gradebench) -> None:
    code = "import sys, graders.cli; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    done = gradebench("grade", "--help")
    assert done.returncode == 0
    assert "SUBMISSION" in done.stdout


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--assignment", "dat565/lent"], "did you mean 'dat565/lenet'?"),
        (["--assignment", "dat565"], "name one of: dat565/dense-64-64, dat565/dense-500-300"),
        (["--assignment", MODEL, "--rubric", "missing.toml"], "missing.toml: cannot be read"),
        (["--assignment", MODEL, "--data", "real", "--data-root", "nowhere"], "--download"),
        (["--assignment", "dat566"], "no assignment is called 'dat566'; did you mean 'dat565'?"),
        (["--assignment", MODEL, "--out", "work.py"], "cannot write results to work.py: File"),
        (["--assignment", MODEL, "--out", "/proc/grades"], "cannot write results to /proc/grades"),
    ],
)
def test_a_wrong_call_ends_in_one_line(
    gradebench: Gradebench,
    monkeypatch: pytest.MonkeyPatch,
    work: Path,
    words: list[str],
    reason: str,
) -> None:
    monkeypatch.chdir(work.parent)
    done = gradebench("grade", work, *words)
    assert reason in error_line(done)


def test_a_rubric_for_something_else_is_refused(gradebench: Gradebench, work: Path) -> None:
    from graders.rubric import bundled_rubric

    rubric = bundled_rubric("dat565/lenet")
    done = gradebench("grade", work, "--assignment", MODEL, "--rubric", rubric)
    assert "is for dat565/lenet, not for dat565/dense-64-64" in error_line(done)


def test_a_submission_that_is_not_there_is_a_wrong_call(
    gradebench: Gradebench, tmp_path: Path
) -> None:
    done = gradebench("grade", tmp_path / "nobody", "--assignment", MODEL)
    assert "there is no submission at" in error_line(done)


def test_an_empty_folder_is_a_wrong_call(gradebench: Gradebench, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = gradebench("grade", tmp_path / "empty", "--assignment", MODEL)
    assert "is an empty folder" in error_line(done)


@pytest.mark.parametrize("words", [["grade"], ["grade", "x"], ["unheard-of"], ["models", "--no"]])
def test_a_malformed_call_exits_with_2(gradebench: Gradebench, words: list[str]) -> None:
    done = gradebench(*words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_every_result_is_written(gradebench: Gradebench, sandbox: Sandbox, work: Path) -> None:
    out = work.parent / "out"
    done = gradebench("grade", work, "--assignment", MODEL, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "failed" in done.stdout
    assert sandbox.level in done.stdout
    found = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert found == {"grades.db", "gradebook.csv", "report.html", "work/results.json"}
    assert json.loads((out / "work" / "results.json").read_text())["score"] == 0


def test_without_the_sandbox_asked_for_submissions_end_ungraded(
    gradebench: Gradebench, monkeypatch: pytest.MonkeyPatch, work: Path, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    words = ("--assignment", MODEL, "--out", tmp_path / "out", "--sandbox", "bubblewrap")
    done = gradebench("grade", work, *words)
    assert done.returncode == 1, done.stderr
    assert "ungraded" in done.stdout
    assert "install bubblewrap" in done.stdout


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_keeps_what_is_done(
    sandbox: Sandbox, tmp_path: Path, how: signal.Signals
) -> None:
    (tmp_path / "a.py").write_text("x = 1")
    (tmp_path / "b.py").write_text("while True: pass")
    out = tmp_path / "out"
    words = [tmp_path / "a.py", tmp_path / "b.py", "--assignment", MODEL, "--out", out]
    line = [*LISTENING, "grade", *(str(word) for word in words)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        while not (out / "a" / "results.json").exists():
            assert run.poll() is None
            time.sleep(0.05)
        run.send_signal(how)
        _, errors = run.communicate(timeout=120)
    assert run.returncode == 130
    assert "Traceback" not in errors
    assert (out / "gradebook.csv").read_text().count("\n") == 2


def test_models_are_listed_and_shown(gradebench: Gradebench) -> None:
    listed = gradebench("models")
    assert listed.returncode == 0
    assert "dat565/lenet" in listed.stdout
    assert "36,038" in listed.stdout
    assert "threshold_mlp(points)" in listed.stdout
    shown = json.loads(gradebench("models", "--json", MODEL).stdout)
    assert sum(layer["parameters"] for layer in shown["layers"]) == shown["parameters"] == 55_050
    assert shown["reported"]
    assert "did you mean" in error_line(gradebench("models", "dat565/lent"))


def test_a_recipe_is_in_words_and_shows_only_what_it_sets(gradebench: Gradebench) -> None:
    shown = gradebench("models", MODEL).stdout
    assert "Classification" in shown
    assert "{" not in shown
    assert "None" not in shown


def test_a_function_is_shown_and_both_where_a_model_has_its_id(gradebench: Gradebench) -> None:
    assert "Kinds of calls:" in gradebench("models", "bs6207/js-divergence").stdout
    both = gradebench("models", "cs7cs4/convolution").stdout
    assert "never trained" in both
    assert "convolve2d(image, kernel)" in both


def test_a_file_that_is_no_benchmark_is_refused(gradebench: Gradebench, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[]")
    assert "x.json" in error_line(gradebench("validate", tmp_path / "x.json"))
    assert "missing.json" in error_line(gradebench("validate", tmp_path / "missing.json"))


def test_a_reader_that_leaves_early_is_no_error() -> None:
    line = " ".join(f"'{word}'" for word in COMMAND)
    done = subprocess.run(
        ["bash", "-c", f"{line} models dat565/dense-500-300 | head -1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
