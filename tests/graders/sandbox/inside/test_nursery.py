"""The nursery's book of who it must end, kept while children end at any moment."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from graders.sandbox.inside import nursery


@pytest.fixture
def groups() -> Iterator[nursery._Groups]:
    """A book; afterwards the end of children is what it was."""
    before = signal.getsignal(signal.SIGCHLD)
    yield nursery._Groups()
    signal.signal(signal.SIGCHLD, before)


def test_a_child_that_ends_meanwhile_disturbs_nothing(
    groups: nursery._Groups, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups._orphaned.update(range(100))

    def lives(group: int) -> bool:
        groups._orphaned.add(1000 + group)  # as when the signal comes again
        return group % 2 == 0

    def no_child(*_: int) -> tuple[int, int]:
        raise ChildProcessError

    monkeypatch.setattr(nursery, "_lives", lives)
    monkeypatch.setattr("os.waitpid", no_child)  # this process's children are not the nursery's
    groups._reap()
    assert groups._orphaned == {*range(0, 100, 2), *range(1000, 1100)}


ALONE = {"level": "namespaces", "device": "cpu"}


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> str:
    """A library of the standard's that children of the kind `old` need, not yet imported."""
    monkeypatch.setattr(nursery, "_SLOW", {"old": "this", "broken": "no.such.library"})
    monkeypatch.delitem(sys.modules, "this", raising=False)
    return "this"


def test_what_children_of_a_kind_import_is_imported_before_them(slow: str) -> None:
    assert nursery._prepare(None, ALONE) == nursery._prepare("code", ALONE) == set()
    assert slow not in sys.modules
    assert nursery._prepare("old", ALONE) == {slow}
    assert slow in sys.modules
    assert nursery._prepare("old", ALONE) == set()


def test_a_library_that_does_not_import_ends_no_nursery(slow: str) -> None:
    assert nursery._prepare("broken", ALONE) == set()


@pytest.mark.parametrize("elsewhere", [{"level": "landlock"}, {"device": "cuda"}])
def test_nothing_is_imported_early_in_the_open_or_beside_a_gpu(
    slow: str, elsewhere: dict[str, str]
) -> None:
    assert nursery._prepare("old", ALONE | elsewhere) == set()
    assert slow not in sys.modules


@pytest.mark.parametrize("name", ["this.py", "this/__init__.py", "inner/this.py"])
def test_a_submissions_own_file_is_found_in_place_of_what_came_early(
    slow: str, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("")
    early = nursery._prepare("old", ALONE)
    nursery._forget(["json", *early], str(tmp_path))
    assert slow not in sys.modules
    assert "json" in sys.modules
