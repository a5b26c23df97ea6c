from pathlib import Path

import pytest
from click.testing import CliRunner

from graders.commands.doctor import doctor
from graders.sandbox import Device, Level, Sandbox


def _rows(output: str) -> dict[str, str]:
    lines = output.splitlines()[2:]
    start = output.splitlines()[0].index("state")
    return {line[:start].strip(): line[start:].strip() for line in lines}


def test_it_tells_of_both_levels_and_of_the_data(
    bubblewrap: Sandbox, landlock: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mnist" / "test" / "3").mkdir(parents=True)
    (tmp_path / "mnist" / "test" / "3" / "1.png").write_bytes(b"")
    monkeypatch.setenv("GRADEBENCH_DATA", str(tmp_path))
    call = CliRunner().invoke(doctor)
    assert call.exit_code == 0, call.output
    rows = _rows(call.output)
    assert rows["sandbox bubblewrap"] == bubblewrap.level
    assert rows["sandbox landlock"] == landlock.level
    assert rows["sandbox on CUDA"] == "computes" or rows["sandbox on CUDA"].startswith("no: ")
    assert rows["data root"] == str(tmp_path)
    assert rows["real mnist"] == "there"
    assert rows["real cifar10"] == "not there"


def test_without_a_sandbox_it_says_why_and_exits_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(level: Level, device: Device = "cpu") -> Sandbox:
        return Sandbox(reason=f"no {level} on the moon")

    monkeypatch.setattr("graders.sandbox.open_sandbox", refuse)
    call = CliRunner().invoke(doctor)
    assert call.exit_code == 1
    assert _rows(call.output)["sandbox landlock"] == "no: no landlock on the moon"
