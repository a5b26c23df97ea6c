import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.measure import pages, settle_memory

_IN_A_PROCESS_OF_ITS_OWN = """
import importlib.util, mmap, pathlib, re, resource, sys

SIZE = 64 << 20
spec = importlib.util.spec_from_file_location("pages", sys.argv[1])
pages = importlib.util.module_from_spec(spec)
spec.loader.exec_module(pages)

def large_kilobytes():
    rollup = pathlib.Path("/proc/self/smaps_rollup").read_text()
    return int(re.search("AnonHugePages: +([0-9]+)", rollup)[1])

def faults_of_a_block():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    block = bytearray(b"x") * SIZE
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before, large_kilobytes()

with mmap.mmap(-1, SIZE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as asked:
    asked.madvise(mmap.MADV_HUGEPAGE)
    asked.write(bytes(SIZE))
    lent = large_kilobytes()
settled = pages.settle_memory()
faults, large = faults_of_a_block()
again, _ = faults_of_a_block()
print(int(settled), lent, large, faults, again)
"""


@pytest.fixture(scope="module")
def told() -> list[int]:
    """Whether memory was settled; large kilobytes by `mmap` and after; faults of two blocks."""
    if sys.platform != "linux":
        pytest.skip("large pages are Linux's")
    command = [sys.executable, "-c", _IN_A_PROCESS_OF_ITS_OWN, pages.__file__]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [int(each) for each in done.stdout.split()]


def test_memory_is_kept(told: list[int]) -> None:
    settled, *_, again = told
    if not settled:
        pytest.skip("this system's memory cannot be settled")
    assert again < 16, "64 MiB taken anew are 16,384 faults, and 32 in large pages"


def test_memory_lies_in_large_pages(told: list[int]) -> None:
    settled, lent, large, faults, _ = told
    if not settled or lent < 32 << 10:
        pytest.skip("this system lends no large pages")
    assert large >= 32 << 10
    assert faults < 4096, "64 MiB in small pages are 16,384 faults"


class Libc:
    """A C library that has `size` bytes left and takes note of what is set."""

    def __init__(self, left: int = 1 << 40, most: int = 1 << 40, advice: int = 0) -> None:
        self.set: dict[int, int] = {}
        functions: dict[str, Callable[..., int | None]] = {
            "malloc": lambda size: 4096 if size <= left else None,
            "mallopt": lambda name, value: int(
                value <= most and not self.set.update({name: value})
            ),
            "free": lambda _: 0,
            "madvise": lambda *_: advice,
        }
        self.loaded = SimpleNamespace(**functions)

    def __call__(self, _: None) -> Any:
        return self.loaded


@pytest.fixture(autouse=True)
def system_that_lends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Large pages may be asked for."""
    (tmp_path / "enabled").write_text("always [madvise] never\n")
    monkeypatch.setattr(pages, "_LENT", tmp_path / "enabled")


def test_a_system_that_can_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages.ctypes, "CDLL", libc := Libc())
    assert settle_memory()
    assert libc.set == {-1: 640 << 20, -3: 128 << 20}


@pytest.mark.parametrize(
    ("libc", "left_with"),
    [
        (Libc(most=32 << 20), {}),
        (Libc(left=1 << 20), {-1: 64 << 20, -3: 32 << 20}),
        (Libc(advice=-1), {-1: 640 << 20, -3: 128 << 20}),
    ],
    ids=["an older glibc", "no such memory", "no advice is taken"],
)
def test_it_says_where_glibc_cannot(
    monkeypatch: pytest.MonkeyPatch, libc: Libc, left_with: dict[int, int]
) -> None:
    monkeypatch.setattr(pages.ctypes, "CDLL", libc)
    assert not settle_memory()
    assert libc.set == left_with


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages.ctypes, "CDLL", lambda _: SimpleNamespace())
    assert not settle_memory()


@pytest.mark.parametrize("text", ["always madvise [never]\n", None])
def test_nothing_is_set_where_no_large_pages_are_lent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str | None
) -> None:
    monkeypatch.setattr(pages.ctypes, "CDLL", libc := Libc())
    monkeypatch.setattr(pages, "_LENT", tmp_path / "other")
    if text is not None:
        (tmp_path / "other").write_text(text)
    assert not settle_memory()
    assert libc.set == {}


def test_nothing_is_set_from_another_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages.ctypes, "CDLL", libc := Libc())
    found: list[bool] = []
    other = Thread(target=lambda: found.append(settle_memory()))
    other.start()
    other.join()
    assert (found, libc.set) == ([False], {})
