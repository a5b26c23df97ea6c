"""A sandbox that does not hold is found out before anybody's code is in it."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graders.sandbox import Level, Sandbox, open_sandbox, opening
from graders.sandbox.mounts import plan

ALLOW_ALL = struct.pack("=HBBI", 0x06, 0, 0, 0x7FFF0000)


def _nothing_holds(found: Sandbox) -> str:
    with found:
        assert not found.holds
        assert found.level == "none"
        return found.reason


def test_a_sandbox_that_holds_says_its_level(bubblewrap: Sandbox, landlock: Sandbox) -> None:
    assert bubblewrap.reason == landlock.reason == ""
    assert bubblewrap.level.startswith("bubblewrap 0.")
    assert landlock.level.startswith("Landlock ")


def test_a_missing_filter_is_noticed(
    each_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    level: Level = "landlock" if each_sandbox.level.startswith("Landlock") else "bubblewrap"
    monkeypatch.setattr(opening, "filter_program", lambda **_: ALLOW_ALL)
    reason = _nothing_holds(open_sandbox(level=level))
    assert "take memory that no limit counts" in reason
    assert "make a user namespace" in reason


def test_labels_left_in_sight_are_noticed(
    each_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def plan_without_masks(secret: Any) -> list[Any]:
        return [mount for mount in plan(secret) if "hide" not in mount.kind]

    level: Level = "landlock" if each_sandbox.level.startswith("Landlock") else "bubblewrap"
    monkeypatch.setattr(opening, "plan", plan_without_masks)
    assert "find labels or rubrics" in _nothing_holds(open_sandbox(level=level))


def test_a_missing_program_is_told_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "install bubblewrap" in _nothing_holds(open_sandbox(level="bubblewrap"))


def test_a_program_that_is_not_bubblewrap_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    impostor = tmp_path / "bwrap"
    impostor.write_text("#!/bin/sh\necho 'no user namespaces here' >&2; exit 1\n")
    impostor.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    reason = _nothing_holds(open_sandbox(level="bubblewrap"))
    assert "no user namespaces here" in reason


def test_a_kernel_without_landlock_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graders.sandbox.landlock.landlock_version", lambda: 3)
    reason = _nothing_holds(open_sandbox(level="landlock"))
    assert "this kernel has version 3 of Landlock; 6 is needed" in reason


def test_without_the_stronger_level_the_weaker_is_taken(
    landlock: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with open_sandbox() as found:
        assert found.level == landlock.level


@pytest.mark.parametrize("close", [Sandbox.close, lambda each: each.__exit__()])
def test_a_closed_sandbox_leaves_nothing(
    bubblewrap: Sandbox, close: Callable[[Sandbox], None]
) -> None:
    found = open_sandbox()
    spool = found.spool
    assert spool.is_dir()
    close(found)
    assert not spool.exists()
    assert bubblewrap.holds
