"""Two runs to report on."""

from collections.abc import Callable

import pytest

from benchmarks.schema import Results

MakeRun = Callable[..., Results]


@pytest.fixture
def two_runs(make_run: MakeRun) -> dict[str, Results]:
    """Two models of an assignment, one of another; the second run answers half as fast."""
    return {
        name: make_run(
            {"model": "dat565/lenet", "accuracy": 0.9},
            {
                "model": "dat565/lenet",
                "metric": "train_seconds",
                "train_seconds": 2.0,
                "peak_memory_bytes": 9,
            },
            {
                "model": "dat565/lenet",
                "metric": "samples_per_second",
                "samples_per_second": 100.0 * speed,
                "peak_memory_bytes": 7,
            },
            {"model": "dat565/dense-64-64", "accuracy": 0.8, "parameters": 2000},
            {"model": "jhu482/cnn", "accuracy": 0.7, "outcome": "failed"},
        )
        for name, speed in (("before", 1.0), ("after", 0.5))
    }
