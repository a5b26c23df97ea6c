import pytest

from benchmarks.errors import MeasurementError
from benchmarks.measure import Control


def test_the_control_tells_what_its_work_took() -> None:
    control = Control("cpu")
    with pytest.raises(MeasurementError, match="nothing has been timed"):
        _ = control.seconds
    control()
    assert 0 < control.seconds < 60
