"""Memory on large pages: the same values, and a step where the kernel refuses is no error."""

import gc
import mmap
from collections.abc import Iterator

import numpy as np
import pytest

from graders.sandbox.inside import pages, system


@pytest.fixture(autouse=True)
def _thawed() -> Iterator[None]:
    """Let the garbage collector have all back."""
    yield
    gc.unfreeze()


def steps(monkeypatch: pytest.MonkeyPatch, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What is moved, and in which portions, where memory lies like that."""
    moved: list[tuple[int, int]] = []
    monkeypatch.setattr(pages, "_own_memory", lambda: spans)
    monkeypatch.setattr(system, "collapse_pages", lambda *span: moved.append(span))
    list(pages.settle())
    return moved


def test_memory_is_moved_a_little_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    large = 1 << 21
    assert steps(monkeypatch, [(0, 5 * large), (8 * large, 9 * large)]) == [
        (0, 4 * large),
        (4 * large, large),
        (8 * large, large),
    ]


def test_whoever_lives_is_not_visited_by_the_collector_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = gc.get_freeze_count()
    steps(monkeypatch, [])
    assert gc.get_freeze_count() > before


def test_a_kernel_that_refuses_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> None:
        raise OSError(22, "madvise: Invalid argument")

    monkeypatch.setattr(pages, "_own_memory", lambda: [(0, 1 << 21)])
    monkeypatch.setattr(system, "collapse_pages", refuse)
    assert len(list(pages.settle())) == 2


def test_what_lies_in_memory_stays_what_it_was() -> None:
    with mmap.mmap(-1, 8 << 21, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        values = np.frombuffer(memory, np.int64)
        values[:] = np.arange(len(values))
        start = values.__array_interface__["data"][0]
        found = [span for span in pages._own_memory() if span[0] <= start < span[1]]
        assert found
        list(pages.settle())
        np.testing.assert_array_equal(values, np.arange(len(values)))
        del values


def test_only_whole_large_pages_of_this_process_are_named() -> None:
    for start, end in pages._own_memory():
        assert start < end
        assert start % (1 << 21) == end % (1 << 21) == 0
