import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.measure import pages, settle_memory

_LENT = Path("/sys/kernel/mm/transparent_hugepage/enabled")

_IN_A_PROCESS_OF_ITS_OWN = """
import importlib.util, pathlib, re, resource, sys
spec = importlib.util.spec_from_file_location("pages", sys.argv[1])
pages = importlib.util.module_from_spec(spec)
spec.loader.exec_module(pages)
assert pages.settle_memory()

def faults_of_a_block():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    block = bytearray(b"x") * (64 << 20)
    rollup = pathlib.Path("/proc/self/smaps_rollup").read_text()
    large = int(re.search(r"AnonHugePages: +([0-9]+)", rollup)[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before, large

first, large = faults_of_a_block()
again, _ = faults_of_a_block()
print(first, again, large)
"""


@pytest.mark.skipif(
    not _LENT.exists() or "[never]" in _LENT.read_text(), reason="this system lends no large pages"
)
def test_memory_is_kept_and_lies_in_large_pages() -> None:
    command = [sys.executable, "-c", _IN_A_PROCESS_OF_ITS_OWN, pages.__file__]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    first, again, kilobytes = map(int, done.stdout.split())
    assert kilobytes >= 32 << 10
    assert first < 4096, "64 MiB in small pages are 16,384 faults"
    assert again < 16, "64 MiB taken anew in large pages are 32 faults"


def libc(**functions: Any) -> Any:
    return lambda _: SimpleNamespace(**functions)


def nothing(*_: int) -> int:
    return 0


def refuse(*_: int) -> int:
    return -1


@pytest.mark.parametrize(
    "system",
    [
        libc(),
        libc(mallopt=nothing, malloc=lambda _: None, free=nothing, madvise=nothing),
        libc(mallopt=nothing, malloc=lambda _: 4096, free=nothing, madvise=refuse),
    ],
    ids=["another C library", "no such memory", "no large pages"],
)
def test_it_says_where_a_system_cannot(monkeypatch: pytest.MonkeyPatch, system: Any) -> None:
    monkeypatch.setattr(pages.ctypes, "CDLL", system)
    assert not settle_memory()
