import pytest

from graders import otter
from graders.errors import RivalError


def test_a_notebook_gets_its_point() -> None:
    if not otter.is_there():
        pytest.skip("otter-grader is not installed: pip install 'gradebench[rivals]'")
    with otter.otter_run() as run:
        run()


def test_a_rival_that_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with (
        pytest.raises(RivalError, match="`otter generate` ended with status 1: no reason given"),
        otter.otter_run(),
    ):
        pass


def test_a_rival_that_finds_nothing_right_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/true")
    with otter.otter_run() as run, pytest.raises(RivalError, match="its point"):
        run()
