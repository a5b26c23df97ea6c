"""`gradebench turns` from the command line, over sittings that are made up."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import benchmarks.turns
from benchmarks.turns import Figure
from graders.commands.turns import turns

MODELS = ["dat565/lenet", "jhu482/cnn"]


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two models, of which the second answers a tenth more slowly; Ctrl-C in the sixth sitting."""

    def sit(_: Path, __: Path, models: list[str], number: int) -> Iterator[dict[Figure, float]]:
        if number == 5:
            raise KeyboardInterrupt
        for model in models:
            slower = 1.1 if model == MODELS[1] else 1.0
            yield {Figure(model, "answering"): slower * (1 + 0.001 * number)}

    monkeypatch.setattr(benchmarks.turns, "models_of_both", lambda *_: MODELS)
    monkeypatch.setattr(benchmarks.turns, "sit", sit)


def called(*words: str) -> Result:
    return CliRunner().invoke(turns, [".", ".", *words], standalone_mode=False)


@pytest.mark.usefixtures("made_up")
@pytest.mark.parametrize(("words", "status"), [([], 0), (["--fail-on", "worse"], 1)])
def test_what_got_slower_is_told(words: list[str], status: int) -> None:
    call = called("--sittings", "5", *words)
    assert call.return_value == status
    _, _, same, worse, _, summary = call.output.splitlines()
    assert same.split()[:5] == ["dat565/lenet", "answering", "5", "no", "difference"]
    assert worse.split()[:4] == ["jhu482/cnn", "answering", "5", "worse"]
    assert "x 1.102 [1.09" in worse
    assert summary == "0 better, 1 worse, 1 no difference, 0 not comparable"


@pytest.mark.usefixtures("made_up")
def test_after_ctrl_c_what_was_timed_is_told() -> None:
    call = called("--sittings", "12", "-k", "cnn")
    assert call.return_value == 130
    assert call.output.splitlines()[2].split()[:4] == ["jhu482/cnn", "answering", "5", "worse"]
    assert "lenet" not in call.output


@pytest.mark.usefixtures("made_up")
@pytest.mark.parametrize("words", [["-k", "nobody"], ["--sittings", "2"]])
def test_a_wrong_call_is_one(words: list[str]) -> None:
    call: Any = CliRunner().invoke(turns, [".", ".", *words])
    assert call.exit_code == 2
    assert "Error: Invalid value" in call.output
