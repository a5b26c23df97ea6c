import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import benchmarks
from benchmarks.errors import MeasurementError
from benchmarks.turns import Figure, sit, sittings

ROOT = Path(benchmarks.__file__).parents[1]
SMALL = "jhu482/pentagons-sigmoid"


@pytest.fixture
def slowed(tmp_path: Path) -> Path:
    """This project's source, in which to answer takes a hundredth of a second longer."""
    for package in ("benchmarks", "reference_models"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    with (tmp_path / "benchmarks" / "trial.py").open("a") as code:
        code.write(
            "\n\nimport time\n_answer = Trial.answer\n\n"
            "def _later(*asked, **how):\n    time.sleep(0.01)\n"
            "    return _answer(*asked, **how)\n\n"
            "Trial.answer = _later\n"
        )
    return tmp_path


def test_what_one_checkout_does_more_slowly_is_seen(slowed: Path) -> None:
    (timed,) = sit(ROOT, slowed, [SMALL], number=1, seconds=0)
    assert list(timed) == [Figure(SMALL, "answering"), Figure(SMALL, "learning")]
    assert timed[Figure(SMALL, "answering")] > 2
    assert timed[Figure(SMALL, "learning")] < timed[Figure(SMALL, "answering")]


class Answering:
    """A worker that notes when it was asked, and always takes as long."""

    def __init__(self, name: str, seconds: float, turns: list[str]) -> None:
        self._name = name
        self._seconds = seconds
        self._turns = turns

    def ask(self, *_: object) -> float:
        self._turns.append(self._name)
        return self._seconds


@pytest.mark.parametrize(("first", "order"), [(0, "abbaabbaabba"), (1, "baabbaabbaab")])
def test_neither_always_goes_first(first: int, order: str) -> None:
    turns: list[str] = []
    pair: Any = Answering("a", 2.0, turns), Answering("b", 3.0, turns)
    assert sittings._ratio(pair, "answering", 0.0, first) == 1.5
    assert "".join(turns) == order
    assert Counter(turns) == {"a": 6, "b": 6}


def test_a_folder_that_is_no_checkout_is_named(tmp_path: Path) -> None:
    with pytest.raises(MeasurementError, match=f"^{tmp_path}: holds no source of Gradebench"):
        list(sit(ROOT, tmp_path, [SMALL], 0))


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("raise OSError('no disk')", "cannot be timed: OSError: no disk"),
        (
            "import os, sys; print('no memory', file=sys.stderr, flush=True); os._exit(1)",
            "its process has died: no memory",
        ),
        ("import os; os._exit(1)", "its process has died: it said nothing"),
    ],
)
def test_what_a_checkout_could_not_do_is_told(tmp_path: Path, code: str, complaint: str) -> None:
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "__init__.py").write_text(code)
    (tmp_path / "benchmarks" / "workbench.py").touch()
    with pytest.raises(MeasurementError, match=complaint) as told:
        list(sit(tmp_path, tmp_path, [SMALL], 0))
    assert str(told.value).startswith(str(tmp_path))
    assert "\n" not in str(told.value)
