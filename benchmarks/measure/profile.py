"""Where the time of a piece of work goes: what torch's profiler says, summed up in one figure."""

import re
from collections.abc import Callable

from torch.profiler import ProfilerActivity, profile

from benchmarks.errors import MeasurementError

_PRODUCTS = re.compile(r"aten::((add)?(mm|mv)|(b|baddb)mm|.*conv.*|dot)_?")
"""Matrix products and convolutions; those that only hand on to another take no time themselves."""


def product_share(work: Callable[[], object]) -> float:
    """The share of matrix products and convolutions in the CPU time of `work`'s operations, 0 to 1.

    Theirs is the time that every loop spends which calls the same kernels; the rest (element-wise
    passes, pools, gathering, updates, dispatch and autograd) is what one may save and another not.
    Operations of torch alone are counted, with the profiler's own toll on each, so that the share
    of work in many small ones is rather too low. Raises MeasurementError for work without any.

    Source: torch.profiler, https://docs.pytorch.org/docs/stable/profiler.html
    """
    with profile(activities=[ProfilerActivity.CPU]) as profiled:
        work()
    seconds = {event.key: float(event.self_cpu_time_total) for event in profiled.key_averages()}
    if not (total := sum(seconds.values())):
        raise MeasurementError("nothing to profile: the work has no operation of torch")
    return sum(own for name, own in seconds.items() if _PRODUCTS.fullmatch(name)) / total
