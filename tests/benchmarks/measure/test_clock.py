from collections.abc import Iterator
from itertools import count

import pytest

from benchmarks.errors import MeasurementError
from benchmarks.measure import Stopwatch


def ticking(*moments: float) -> Iterator[float]:
    return iter(moments)


def test_each_call_is_timed_from_start_to_end() -> None:
    clock = ticking(0, 2, 10, 11, 20, 27)
    watched = Stopwatch(lambda: None, clock=lambda: next(clock))
    for _ in range(3):
        watched()
    assert watched.seconds == [2, 1, 7]
    assert watched.median == 2


def test_arguments_and_result_pass_through() -> None:
    watched = Stopwatch(divmod)
    assert watched(17, 5) == (3, 2)


def test_a_call_that_raises_leaves_no_time_behind() -> None:
    watched = Stopwatch(int, clock=count().__next__)
    with pytest.raises(ValueError, match="invalid literal"):
        watched("x")
    assert watched.seconds == []


def test_nothing_timed_has_no_median() -> None:
    with pytest.raises(MeasurementError, match="nothing has been timed"):
        _ = Stopwatch(int).median


def test_cuda_is_drained_before_the_start_and_before_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events: list[str] = []
    monkeypatch.setattr("torch.cuda.synchronize", lambda device: events.append(f"sync {device}"))
    clock = ticking(0, 1)

    def read_clock() -> float:
        events.append("clock")
        return next(clock)

    Stopwatch(lambda: events.append("work"), "cuda", read_clock)()
    assert events == ["sync cuda", "clock", "work", "sync cuda", "clock"]
