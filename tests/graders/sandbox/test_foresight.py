"""Who is next gets its control group ahead of time, and nobody gets another's."""

import os
from pathlib import Path
from typing import cast

import pytest

from graders.sandbox import Limits
from graders.sandbox.cgroups import ControlGroups, Group
from graders.sandbox.foresight import Foresight
from graders.sandbox.nursery import Nursery

LIMITS = Limits(processes=8)


class Announcing:
    """A nursery that announces these."""

    def __init__(self, *pids: int) -> None:
        self.pids = list(pids)

    def foresee(self) -> int | None:
        return self.pids.pop(0) if self.pids else None


class Groups:
    """Groups that only note who joined them, and under which limits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.joined: list[tuple[int, int]] = []

    def confine(self, pid: int, limits: Limits) -> Group:
        self.joined.append((pid, limits.processes))
        folder = self.folder / str(len(self.joined))
        folder.mkdir()
        (folder / "cgroup.procs").write_text(str(pid))
        return Group((folder,), limits)


def foresight(nursery: Announcing, groups: Groups) -> Foresight:
    return Foresight(cast("Nursery", nursery), cast("ControlGroups", groups))


def test_who_was_announced_is_in_its_group_already(tmp_path: Path) -> None:
    groups = Groups(tmp_path)
    ahead = foresight(Announcing(2), groups)
    ahead.group_of(1, LIMITS)
    ahead._thread.join()  # type: ignore[union-attr]
    assert groups.joined == [(1, 8), (2, Limits().processes)]
    found = ahead.group_of(2, LIMITS)
    ahead.rest()
    assert groups.joined[:2] == [(1, 8), (2, Limits().processes)]
    assert (found.members, found.limits) == ([2], LIMITS)


@pytest.mark.parametrize("left", ["", str(os.getpid())], ids=["nobody", "another"])
def test_whoever_is_not_in_the_group_of_its_number_gets_one(tmp_path: Path, left: str) -> None:
    groups = Groups(tmp_path)
    ahead = foresight(Announcing(2), groups)
    ahead.group_of(1, LIMITS)
    ahead._thread.join()  # type: ignore[union-attr]
    (tmp_path / "2" / "cgroup.procs").write_text(left)  # that one ended, and its number came again
    assert ahead.group_of(2, LIMITS).members == [2]
    ahead.rest()
    assert groups.joined[2] == (2, 8)


def test_who_was_not_announced_is_not_waited_for(tmp_path: Path) -> None:
    groups = Groups(tmp_path)
    ahead = foresight(Announcing(), groups)
    for pid in range(20):
        ahead.group_of(pid, LIMITS)
    ahead.rest()
    assert groups.joined == [(pid, 8) for pid in range(20)]
