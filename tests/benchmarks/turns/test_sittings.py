import os
import shutil
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from signal import SIGKILL
from typing import Any

import pytest

import benchmarks
from benchmarks.errors import MeasurementError
from benchmarks.turns import Figure, Plan, plan, sit, sittings
from benchmarks.turns.sittings import working

ROOT = Path(benchmarks.__file__).parents[1]
SMALL = "jhu482/pentagons-sigmoid"

SLOWER = """
import time

_answer = Trial.answer


def _later(*asked, **how):
    time.sleep(0.01)
    return _answer(*asked, **how)


Trial.answer = _later
"""


@pytest.fixture
def slowed(tmp_path: Path) -> Path:
    """This project's source, in which to answer takes a hundredth of a second longer."""
    for package in ("benchmarks", "reference_models"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    with (tmp_path / "benchmarks" / "trial.py").open("a") as code:
        code.write(SLOWER)
    return tmp_path


def test_what_the_later_checkout_does_more_slowly_is_seen(slowed: Path) -> None:
    planned = Plan(SMALL, {"answering": 512, "learning": 4})
    (timed,) = sit(ROOT, slowed, [planned], 0, seconds=0)
    assert list(timed) == [Figure(SMALL, "answering"), Figure(SMALL, "learning")]
    assert timed[Figure(SMALL, "answering")] > 2
    assert timed[Figure(SMALL, "learning")] < timed[Figure(SMALL, "answering")]


def test_what_can_be_timed_is_planned_for_both() -> None:
    (one,) = plan(ROOT, ROOT, SMALL.removesuffix("id"))[:1]
    assert one == Plan(SMALL, {"answering": 128, "learning": 50})


class Answering:
    """A worker that notes when it was asked, and always gives the same answers."""

    def __init__(self, name: str, answers: Any, turns: list[str]) -> None:
        self._name = name
        self._answers = answers
        self._turns = turns

    def begin(self, *_: object) -> None:
        self._turns.append(self._name)

    def answer(self) -> Any:
        return self._answers

    def ask(self, *asked: object) -> Any:
        self.begin(*asked)
        return self.answer()


@pytest.mark.parametrize(("first", "order"), [(0, "abbaab"), (1, "baabba")])
def test_neither_always_goes_first(first: int, order: str) -> None:
    turns: list[str] = []
    pair: Any = Answering("a", 2.0, turns), Answering("b", 3.0, turns)
    assert sittings._ratios(pair, "answering", 0.0, first) == [1.5] * 3
    assert "".join(turns) == order


def test_a_model_is_prepared_anew_before_every_sixth_of_the_rounds() -> None:
    class Preparing(Answering):
        def begin(self, what: object = "", *_: object) -> None:
            self._turns.append(str(what))

    asked: list[str] = []
    pair: Any = Preparing("a", 2.0, asked), Preparing("b", 3.0, [])
    timed = sittings._timed(pair, Plan(SMALL, {"answering": 1}), 0.0, 0)
    assert timed == {Figure(SMALL, "answering"): 1.5}
    assert asked == ["prepare", *["seconds"] * 3] * 6


@pytest.mark.parametrize("number", [0, 1, 2])
def test_whoever_is_begun_first_the_later_checkouts_time_is_over_the_earlier_ones(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    asked: list[tuple[object, ...]] = []

    class Noting(Answering):
        def begin(self, *given: object) -> None:
            asked.append(given)

    def started(checkout: Path) -> AbstractContextManager[Any]:
        begun.append(checkout.name)
        return nullcontext(Noting(checkout.name, {"before": 2.0, "after": 3.0}[checkout.name], []))

    monkeypatch.setattr(sittings, "working", started)
    plans = [Plan(SMALL, {"answering": 1})]
    (timed,) = sit(Path("before"), Path("after"), plans, number, seconds=0)
    assert timed == {Figure(SMALL, "answering"): 1.5}
    assert begun == (["after", "before"] if number % 2 else ["before", "after"])
    assert asked[:2] == [("stay_on_core", number)] * 2


@pytest.mark.parametrize("first", [0, 1])
def test_each_goes_first_in_half_of_a_sittings_rounds(first: int) -> None:
    turns: list[str] = []
    pair: Any = Answering("a", 1.0, turns), Answering("b", 1.0, turns)
    sittings._timed(pair, Plan(SMALL, {"learning": 1}), 0.0, first)
    rounds = [turns[at : at + 2] for at in range(0, len(turns), 2)]
    rounds = [each for at, each in enumerate(rounds) if at % 4]  # the first of four: both prepare
    assert rounds.count(["a", "b"]) == rounds.count(["b", "a"]) == 9


@pytest.mark.parametrize(
    ("late", "why"),
    [
        ({"data": "k", "batch size": 32}, ""),
        ({"data": "k", "batch size": 64}, "other batch size"),
        ({"data": "else", "batch size": 64}, "other data, batch size"),
        ({"data": "k"}, "other batch size"),
    ],
)
def test_other_work_is_not_timed(late: dict[str, Any], why: str) -> None:
    early = {"amounts": {"answering": 9}, "conditions": {"data": "k", "batch size": 32}}
    planned = {"amounts": {"answering": 7}, "conditions": late}
    pair: Any = Answering("a", early, []), Answering("b", planned, [])
    expected = Plan(SMALL, {}, why) if why else Plan(SMALL, {"answering": 9})
    assert sittings._plan(pair, SMALL, in_both=True) == expected


def test_a_model_that_only_one_has_is_not_timed() -> None:
    pair: Any = ()
    found = sittings._plan(pair, SMALL, in_both=False)
    assert found == Plan(SMALL, {}, "only in one of them")


def test_what_cannot_be_timed_is_told_with_its_model() -> None:
    class Broken(Answering):
        def answer(self) -> Any:
            raise MeasurementError("old: cannot be timed: no memory")

    pair: Any = Broken("a", None, []), Broken("b", None, [])
    with pytest.raises(MeasurementError, match=f"^{SMALL}: old: cannot be timed: no memory$"):
        sittings._timed(pair, Plan(SMALL, {"answering": 1}), 0.0, 0)


def test_a_folder_that_is_no_checkout_is_named(tmp_path: Path) -> None:
    with pytest.raises(MeasurementError, match=f"^{tmp_path}: holds no source of Gradebench"):
        plan(ROOT, tmp_path)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder that looks like one; what it holds is up to the test."""
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "__init__.py").touch()
    (tmp_path / "benchmarks" / "workbench.py").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("raise OSError('no disk')", "cannot be timed: OSError: no disk"),
        (
            "import os, sys; sys.stderr.buffer.write(b'no \\xff'); sys.stderr.flush(); os._exit(1)",
            "its process has ended: no \ufffd",
        ),
        ("import os; os._exit(1)", "its process has ended: it said nothing"),
        ("import os; os.kill(os.getpid(), 9)", "its process was killed by SIGKILL"),
    ],
)
def test_what_a_checkout_could_not_do_is_told(checkout: Path, code: str, complaint: str) -> None:
    (checkout / "benchmarks" / "__init__.py").write_text(code)
    with pytest.raises(MeasurementError) as told:
        plan(checkout, checkout)
    assert str(told.value) == f"{checkout}: {complaint}"


def test_a_worker_killed_between_two_requests_is_told(checkout: Path) -> None:
    with (  # noqa: PT012 (the end of the worker is part of what must not raise anything else)
        pytest.raises(MeasurementError, match="was killed by SIGKILL"),
        working(checkout) as one,
    ):
        process = one._process
        os.kill(process.pid, SIGKILL)
        process.wait()
        one.ask("models")
    assert process.stdin.closed  # type: ignore[union-attr]


def test_no_process_outlives_its_sitting(checkout: Path) -> None:
    with working(checkout) as one:
        assert one._process.poll() is None
    assert one._process.poll() is not None


def test_a_checkout_without_models_is_told(checkout: Path) -> None:
    with pytest.raises(MeasurementError, match=f"^{checkout}: cannot be timed: ImportError"):
        list(sit(checkout, checkout, [Plan(SMALL, {"answering": 1})], 0))
