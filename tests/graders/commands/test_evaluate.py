import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from graders.commands.evaluate import evaluate
from reference_models import UnknownIdError, find_model
from reference_models.weights import save_weights

MODEL = "dat565/dense-64-64"


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    save_weights(find_model(MODEL).build(), tmp_path / "mine.safetensors")
    return tmp_path / "mine.safetensors"


def test_the_table_and_the_json_say_the_same(weights: Path) -> None:
    call = CliRunner().invoke(evaluate, [MODEL, "--weights", str(weights)])
    plain = CliRunner().invoke(evaluate, [MODEL, "--weights", str(weights), "--json"])
    assert call.exit_code == plain.exit_code == 0, call.output + plain.output
    found = json.loads(plain.output)
    assert found["test_accuracy_low"] < found["test_accuracy"] < found["test_accuracy_high"]
    for value in (found["test_loss"], found["test_accuracy"], found["test_accuracy_low"]):
        assert f"{value:.4f}" in call.output
    assert "500 test examples" in call.output
    assert "scikit-learn digits" in call.output


def test_an_unknown_model_is_an_error_that_suggests_one(weights: Path) -> None:
    call = CliRunner().invoke(evaluate, ["dat565/dense-64", "--weights", str(weights)])
    assert isinstance(call.exception, UnknownIdError)
    assert "dat565/dense-64-64" in str(call.exception)


def test_an_absent_file_is_the_systems_error(tmp_path: Path) -> None:
    call = CliRunner().invoke(evaluate, [MODEL, "--weights", str(tmp_path / "none")])
    assert isinstance(call.exception, FileNotFoundError)
