from functools import partial
from itertools import count

import pytest

from benchmarks.measure import copy_peak, matmul_peak, peak


def test_the_best_size_and_the_best_try_win(monkeypatch: pytest.MonkeyPatch) -> None:
    speeds = {4: 10.0, 8: 30.0, 16: 20.0}
    monkeypatch.setattr(peak, "_flops_per_second", lambda size, *_: speeds[size])
    assert matmul_peak("cpu", sizes=(4, 8, 16)) == 30.0


def test_a_product_counts_two_a_multiply_add(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = count()
    on_ticks = partial(peak.Stopwatch, clock=lambda: float(next(ticks)))
    monkeypatch.setattr(peak, "Stopwatch", on_ticks)
    assert matmul_peak("cpu", sizes=(10,)) == 2 * 10**3  # every product takes one tick


def test_a_copy_reads_and_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = count()
    on_ticks = partial(peak.Stopwatch, clock=lambda: float(next(ticks)))
    monkeypatch.setattr(peak, "Stopwatch", on_ticks)
    assert copy_peak("cpu", numbers=100) == 2 * 400


def test_this_machine_has_both() -> None:
    assert matmul_peak("cpu", sizes=(64,)) > 0
    assert copy_peak("cpu", numbers=64) > 0
