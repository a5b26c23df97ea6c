"""`gradebench turns` from the command line, over sittings that are made up."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import benchmarks.turns
from benchmarks.errors import MeasurementError
from benchmarks.turns import Figure, Plan
from graders.commands.turns import turns

MODELS = ["dat565/lenet", "jhu482/cnn"]


@pytest.fixture
def trouble() -> BaseException:
    """What happens in the sixth sitting."""
    return KeyboardInterrupt()


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch, trouble: BaseException) -> None:
    """Two models, of which the second answers a tenth more slowly, and one that is in one only."""

    def plan(_: Path, __: Path, part: str) -> list[Plan]:
        planned = [Plan(model, {"answering": 9}) for model in MODELS]
        alone = Plan("dat565/new-cnn", {}, "only in one of them")
        return [one for one in [*planned, alone] if part in one.model]

    def sit(_: Path, __: Path, plans: list[Plan], number: int) -> Iterator[dict[Figure, float]]:
        if number == 5:
            raise trouble
        for one in plans:
            slower = 1.1 if one.model == MODELS[1] else 1.0
            yield {Figure(one.model, "answering"): slower * (1 + 0.001 * number)}

    monkeypatch.setattr(benchmarks.turns, "plan", plan)
    monkeypatch.setattr(benchmarks.turns, "sit", sit)


def called(*words: str) -> Result:
    return CliRunner().invoke(turns, [".", ".", *words], standalone_mode=False)


@pytest.mark.usefixtures("made_up")
@pytest.mark.parametrize(("words", "status"), [([], 0), (["--fail-on", "worse"], 1)])
def test_what_got_slower_is_told(words: list[str], status: int) -> None:
    call = called("--sittings", "5", *words)
    assert call.return_value == status
    _, _, same, worse, alone, _, summary = call.output.splitlines()
    assert same.split()[:5] == ["dat565/lenet", "answering", "5", "no", "difference"]
    assert worse.split()[:4] == ["jhu482/cnn", "answering", "5", "worse"]
    assert "x 1.102 [1.09" in worse
    assert "not comparable  only in one of them" in alone
    assert summary == "0 better, 1 worse, 1 no difference, 1 not comparable"


@pytest.mark.usefixtures("made_up")
def test_after_ctrl_c_what_was_timed_is_told() -> None:
    call = called("--sittings", "12", "-k", "jhu482")
    assert call.return_value == 130
    first, _, _, worse, *_ = call.output.splitlines()
    assert first == "gradebench: stopped; this is what was timed so far"
    assert worse.split()[:4] == ["jhu482/cnn", "answering", "5", "worse"]
    assert "lenet" not in call.output


@pytest.mark.usefixtures("made_up")
@pytest.mark.parametrize("trouble", [MeasurementError("old: its process was killed by SIGKILL")])
def test_before_an_error_what_was_timed_is_told(trouble: MeasurementError) -> None:
    call = called("--sittings", "12", "-k", "jhu482")
    assert call.exception is trouble
    assert call.output.splitlines()[2].split()[:4] == ["jhu482/cnn", "answering", "5", "worse"]


@pytest.mark.usefixtures("made_up")
def test_where_nothing_can_be_compared_nothing_is_timed() -> None:
    call = called("-k", "new")
    assert call.return_value == 0
    assert call.output.endswith("\n0 better, 0 worse, 0 no difference, 1 not comparable\n")


@pytest.mark.usefixtures("made_up")
@pytest.mark.parametrize("words", [["-k", "nobody"], ["--sittings", "2"]])
def test_a_wrong_call_is_one(words: list[str]) -> None:
    call: Any = CliRunner().invoke(turns, [".", ".", *words])
    assert call.exit_code == 2
    assert "Error: Invalid value" in call.output
