from pathlib import Path

import pytest
import torch

from benchmarks.device import skip_without_cuda
from benchmarks.measure import PeakMemory, memory

MEGABYTE = 1 << 20

resettable = pytest.mark.skipif(
    not memory.reset_resident_peak(), reason="this system cannot reset a process's peak memory"
)


def grab(megabytes: int) -> int:
    return len(bytearray(b"x") * (megabytes * MEGABYTE))


@resettable
def test_the_peak_counts_memory_that_was_given_back() -> None:
    with PeakMemory("cpu") as calm:
        grab(1)
    with PeakMemory("cpu") as greedy:
        grab(512)
    assert calm.bytes is not None
    assert greedy.bytes is not None
    assert greedy.bytes - calm.bytes > 256 * MEGABYTE


@resettable
def test_a_greedy_block_does_not_raise_the_peak_of_the_next() -> None:
    with PeakMemory("cpu") as greedy:
        grab(512)
    with PeakMemory("cpu") as calm:
        grab(1)
    assert greedy.bytes is not None
    assert calm.bytes is not None
    assert greedy.bytes - calm.bytes > 256 * MEGABYTE


def test_it_is_unknown_where_the_peak_cannot_be_reset(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(memory, "_CLEAR_REFS", tmp_path / "missing" / "clear_refs")
    with PeakMemory("cpu") as peak:
        grab(1)
    assert peak.bytes is None


@pytest.mark.parametrize("text", [None, "VmRSS:  12 kB\n"])
def test_it_is_unknown_where_the_system_keeps_no_peak(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str | None
) -> None:
    status = tmp_path / "status"
    if text is not None:
        status.write_text(text)
    monkeypatch.setattr(memory, "_STATUS", status)
    monkeypatch.setattr(memory, "_CLEAR_REFS", tmp_path / "clear_refs")
    with PeakMemory("cpu") as peak:
        grab(1)
    assert peak.bytes is None


@pytest.mark.cuda
@skip_without_cuda()
def test_cuda_counts_what_torch_handed_out() -> None:
    with PeakMemory("cuda") as peak:
        tensor = torch.zeros(64 * MEGABYTE, dtype=torch.uint8, device="cuda")
        del tensor
    assert peak.bytes is not None
    assert peak.bytes >= 64 * MEGABYTE
