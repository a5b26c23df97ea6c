import pytest

from benchmarks.errors import MeasurementError
from benchmarks.measure import Control
from benchmarks.measure.waiting import Moment


@pytest.mark.parametrize("work", ["seconds", "meeting_seconds"])
def test_the_control_tells_what_its_work_took(work: str) -> None:
    control = Control("cpu")
    with pytest.raises(MeasurementError, match="nothing has been timed"):
        getattr(control, work)
    control()
    assert 0 < getattr(control, work) < 60


def test_it_tells_how_many_threads_waited_inside_the_block() -> None:
    control = Control("cpu")
    assert control.waiting_threads is None
    with control.watching():
        control()
        assert control.waiting_threads is None
    assert (control.waiting_threads is None) == (Moment.now() is None)
