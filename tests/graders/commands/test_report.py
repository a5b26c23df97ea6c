import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.errors import ResultsError
from graders.commands.report import report


def test_a_file_that_is_none_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    file.write_text(json.dumps({"benchmarks": []}))
    call = CliRunner().invoke(report, [str(file), "--out", str(tmp_path / "report")])
    assert isinstance(call.exception, ResultsError)
    assert str(call.exception).startswith(f"{file}: machine_info: ")


def test_without_a_file_it_is_a_wrong_call() -> None:
    call = CliRunner().invoke(report, [])
    assert call.exit_code == 2
    assert "Missing argument 'JSON...'" in call.output


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    call = CliRunner().invoke(report, [str(tmp_path / name)])
    assert isinstance(call.exception, ResultsError)
    assert "cannot be read" in str(call.exception)
