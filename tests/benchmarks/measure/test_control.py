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
