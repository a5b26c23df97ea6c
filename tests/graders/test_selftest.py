"""A sandbox that does not hold is found out before anybody's code is in it."""

import struct
from pathlib import Path

import pytest

from graders.sandbox import Sandbox, bubblewrap, open_sandbox

ALLOW_ALL = struct.pack("=HBBI", 0x06, 0, 0, 0x7FFF0000)


def test_a_sandbox_that_holds_says_its_level(sandbox: Sandbox) -> None:
    assert sandbox.reason == ""
    assert sandbox.level.startswith("bubblewrap 0.")


def test_a_missing_filter_is_noticed(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap, "filter_program", lambda: ALLOW_ALL)
    found = open_sandbox()
    assert found.bubblewrap is None
    assert "take memory that no limit counts" in found.reason


def test_labels_left_in_sight_are_noticed(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def plan_without_masks(secret: object) -> list[object]:
        assert sandbox.bubblewrap is not None
        return [mount for mount in sandbox.bubblewrap.mounts if "hide" not in mount.kind]

    monkeypatch.setattr(bubblewrap, "plan", plan_without_masks)
    found = open_sandbox()
    assert found.bubblewrap is None
    assert "find labels or rubrics" in found.reason


def test_a_missing_program_is_told_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = open_sandbox()
    assert found.bubblewrap is None
    assert "install bubblewrap" in found.reason


def test_a_program_that_is_not_bubblewrap_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    impostor = tmp_path / "bwrap"
    impostor.write_text("#!/bin/sh\necho 'no user namespaces here' >&2; exit 1\n")
    impostor.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    found = open_sandbox()
    assert found.bubblewrap is None
    assert "no user namespaces here" in found.reason
