"""What tests of commands share."""

from pathlib import Path

import pytest

from graders.sandbox import Sandbox


@pytest.fixture
def labels_at_opening(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Path]:
    """The files of an empty cache once a sandbox is asked for, which does not hold."""
    kept: list[Path] = []

    def look(*_: object) -> Sandbox:
        kept.extend(tmp_path.glob("cache/*.safetensors"))
        return Sandbox(reason="no luck")

    monkeypatch.setenv("GRADEBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("graders.sandbox.open_sandbox", look)
    return kept
