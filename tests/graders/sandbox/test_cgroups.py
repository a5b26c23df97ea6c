"""Control groups: where they can be made, what the kernel counts, what is left of them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from graders.errors import SandboxError
from graders.sandbox import Limits
from graders.sandbox.cgroups import ControlGroups, Group, find_control_groups

LIMITS = Limits(processes=8, memory_bytes=64 * 2**20, temporary_bytes=0)
CONTROLS = ("pids.max", "memory.max", "memory.limit_in_bytes", "cgroup.procs")
FORKS = """
import os, sys, time
sys.stdin.read(1)
forked = 0
try:
    while forked < 100:
        if os.fork() == 0:
            time.sleep(600)
        forked += 1
except OSError:
    pass
print(forked, flush=True)
time.sleep(600)
"""


def lay_out(tmp_path: Path, mounts: dict[str, str], own: str) -> tuple[Path, Path]:
    """Write what the kernel says of trees of groups: folder to kind and options."""
    lines = [f"cgroup {tmp_path / where} {what} 0 0\n" for where, what in mounts.items()]
    (tmp_path / "mounts").write_text("proc /proc proc rw 0 0\n" + "".join(lines))
    (tmp_path / "own").write_text(own)
    return tmp_path / "mounts", tmp_path / "own"


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let folders that are made as groups have the files that their parents have."""
    make, remove = Path.mkdir, Path.rmdir

    def mkdir(path: Path, *words: int, **more: bool) -> None:
        make(path, *words, **more)
        for name in CONTROLS:
            if (path.parent / name).exists():
                (path / name).touch()

    def rmdir(path: Path) -> None:
        for name in CONTROLS:
            (path / name).unlink(missing_ok=True)
        remove(path)

    monkeypatch.setattr(Path, "mkdir", mkdir)
    monkeypatch.setattr(Path, "rmdir", rmdir)


def offer(place: Path, *names: str) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    for name in (*names, "cgroup.procs"):
        (place / name).touch()
    return place


@pytest.mark.usefixtures("kernel")
def test_one_tree_has_both_limits(tmp_path: Path) -> None:
    mounts, own = lay_out(tmp_path, {"tree": "cgroup2 rw,nsdelegate"}, "0::/user/scope\n")
    offer(tmp_path / "tree" / "user" / "scope")  # what holds processes has no limits for inner ones
    place = offer(tmp_path / "tree" / "user", "pids.max", "memory.max")
    found = find_control_groups(mounts, own)
    assert found is not None
    assert found.places == (place,)
    group = found.confine(1234, LIMITS)
    (folder,) = group.folders
    assert (folder / "pids.max").read_text() == "9"
    assert (folder / "memory.max").read_text() == str(72 * 2**20)
    assert (folder / "cgroup.procs").read_text() == "1234"
    group.remove()
    assert not folder.exists()


@pytest.mark.usefixtures("kernel")
def test_two_trees_have_a_limit_each(tmp_path: Path) -> None:
    trees = {"pids": "cgroup rw,pids", "memory": "cgroup rw,memory", "new": "cgroup2 rw"}
    mounts, own = lay_out(tmp_path, trees, "8:pids:/\n4:memory:/job\n0::/\n")
    pids = offer(tmp_path / "pids", "pids.max")
    job = offer(tmp_path / "memory" / "job", "memory.limit_in_bytes")
    offer(tmp_path / "new")
    found = find_control_groups(mounts, own)
    assert found is not None
    assert found.places == (pids, job)
    pids_folder, job_folder = found.confine(1234, LIMITS).folders
    assert (pids_folder / "pids.max").read_text() == "9"
    assert (job_folder / "memory.limit_in_bytes").read_text() == str(72 * 2**20)


@pytest.mark.usefixtures("kernel")
def test_where_no_limits_are_to_be_had_there_are_no_groups(tmp_path: Path) -> None:
    mounts, own = lay_out(tmp_path, {"tree": "cgroup2 rw"}, "0::/gone\n")
    offer(tmp_path / "tree")
    assert find_control_groups(mounts, own) is None
    assert {path.name for path in (tmp_path / "tree").iterdir()} == {"cgroup.procs"}


def test_a_machine_without_groups_has_none(tmp_path: Path) -> None:
    assert find_control_groups(*lay_out(tmp_path, {}, "")) is None
    assert find_control_groups(tmp_path / "mounts", tmp_path / "gone") is None


def test_what_the_kernel_refused_is_told(tmp_path: Path) -> None:
    group = Group((tmp_path,), LIMITS)
    assert group.excess() is None
    (tmp_path / "pids.events").write_text("max 0\n")
    (tmp_path / "memory.events").write_text("low 0\nmax 7\noom_kill 0\n")
    assert group.excess() is None
    (tmp_path / "memory.events").write_text("low 0\nmax 7\noom_kill 1\n")
    assert group.excess() == "it used more than 64 MiB of memory"
    (tmp_path / "pids.events").write_text("max 3\n")
    assert group.excess() == "it started more than 8 processes and threads"


def test_groups_of_ended_graders_are_removed_and_no_others(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    for pid in (ended.pid, os.getpid(), os.getppid()):
        (tmp_path / f"gradebench-{pid}-0a-0").mkdir()
    ControlGroups((tmp_path,)).sweep()
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {f"gradebench-{pid}-0a-0" for pid in (os.getpid(), os.getppid())}


@pytest.mark.usefixtures("kernel")
def test_of_two_sandboxes_each_removes_its_own_groups(tmp_path: Path) -> None:
    place = offer(tmp_path / "tree", "pids.max")
    one, other = ControlGroups((place,)), ControlGroups((place,))
    kept, gone = one.confine(1234, LIMITS), other.confine(1234, LIMITS)
    other.close()
    assert kept.folders[0].exists()
    assert not gone.folders[0].exists()


@pytest.mark.usefixtures("kernel")
def test_a_group_can_be_given_other_limits(tmp_path: Path) -> None:
    group = ControlGroups((offer(tmp_path / "tree", "pids.max"),)).confine(1234, LIMITS)
    other = group.limited(replace(LIMITS, processes=3))
    assert (group.folders[0] / "pids.max").read_text() == "4"
    assert (other.members, other.limits.processes) == ([1234], 3)


def test_a_group_that_cannot_be_made_is_the_machine_s_fault(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="no control group"):
        ControlGroups((tmp_path / "gone",)).confine(1234, LIMITS)


@pytest.fixture
def groups() -> Iterator[ControlGroups]:
    """Groups of this machine's kernel."""
    found = find_control_groups()
    if found is None:
        pytest.skip("no control groups can be made here: they take root, or a delegated scope")
    yield found
    found.close()


def test_the_kernel_holds_a_fork_bomb(groups: ControlGroups) -> None:
    program = [sys.executable, "-c", FORKS]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as bomb:
        group = groups.confine(bomb.pid, LIMITS)
        try:
            assert bomb.stdin is not None
            assert bomb.stdout is not None
            bomb.stdin.write(b"!")
            bomb.stdin.close()
            assert int(bomb.stdout.readline()) == LIMITS.processes
            assert group.excess() == "it started more than 8 processes and threads"
        finally:
            group.kill()
        assert bomb.stdout.read() == b""  # ends only once nobody holds it open any more
    group.remove()
    groups.close()
    assert not any(folder.exists() for folder in group.folders)
