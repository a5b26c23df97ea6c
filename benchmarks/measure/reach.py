"""How long training takes until a model is as accurate as it should be."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from statistics import median

from benchmarks.errors import MeasurementError
from reference_models.training import History

_FEWEST = 5


@dataclass(frozen=True)
class Reach:
    """Seconds of training until an accuracy was reached, over several seeds.

    `seconds` is the median, `low` and `high` are the fastest and the slowest of the runs that are
    left when one is dropped at both ends. A run that never got there counts as endlessly slow:
    None says that the figure is one of those.

    Source: MLPerf Training drops the fastest and the slowest run in the same way (P. Mattson et
    al., 2020, MLSys, section 4.2); it averages the others, which failures do not let us do.
    """

    target: float
    runs: int
    reached: int
    seconds: float | None
    low: float | None
    high: float | None


def seconds_to(target: float, history: History) -> float | None:
    """Seconds of training until the end of the first epoch whose test accuracy is `target`.

    Evaluation is not counted. None where no epoch came so far.
    """
    passed = 0.0
    for epoch in history.epochs:
        passed += epoch.seconds
        if (epoch.test_accuracy or 0.0) >= target:
            return passed
    return None


def reach(target: float, seconds: Sequence[float | None]) -> Reach:
    """Return what `seconds`, one of `seconds_to` a run, come to.

    Fewer than five runs leave too little when both ends are dropped and raise MeasurementError.
    """
    if len(seconds) < _FEWEST:
        raise MeasurementError(f"a time to accuracy needs at least {_FEWEST} runs")
    ordered = sorted(inf if one is None else one for one in seconds)
    kept = ordered[1:-1]
    found = (None if one == inf else one for one in (median(kept), kept[0], kept[-1]))
    reached = sum(one is not None for one in seconds)
    return Reach(target, len(seconds), reached, *found)
