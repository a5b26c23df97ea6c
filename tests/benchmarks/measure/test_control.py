import pytest

from benchmarks.errors import MeasurementError
from benchmarks.measure import Control


@pytest.mark.parametrize("work", ["seconds", "meeting_seconds"])
def test_the_control_tells_what_its_work_took(work: str) -> None:
    control = Control("cpu")
    with pytest.raises(MeasurementError, match="nothing has been timed"):
        getattr(control, work)
    control()
    assert 0 < getattr(control, work) < 60


@pytest.mark.parametrize(("waited", "threads"), [(2.0, 0.5), (-1.0, 0.0), (None, None)])
def test_it_tells_how_many_threads_waited(
    monkeypatch: pytest.MonkeyPatch, waited: float | None, threads: float | None
) -> None:
    """Four seconds, in which so much was added up; less where a thread has ended since."""
    clock = iter([10.0, 14.0])
    told = iter([3.0, None if waited is None else 3.0 + waited])
    monkeypatch.setattr("benchmarks.measure.control.perf_counter", lambda: next(clock))
    monkeypatch.setattr("benchmarks.measure.control.seconds_waited", lambda: next(told))
    control = Control("cpu")
    assert control.waiting_threads is None
    with control:
        pass
    assert control.waiting_threads == threads
