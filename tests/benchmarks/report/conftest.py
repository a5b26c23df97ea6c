"""Runs made up from a few figures, valid by the schema."""

from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.schema import Results

MakeRun = Callable[..., Results]

_INFO: dict[str, Any] = {
    "metric": "accuracy",
    "data": "embedded",
    "dataset": "digits",
    "data_key": "abc",
    "budget": "quick",
    "device": "cpu",
    "device_name": "Abacus 9000",
    "dtype": "float32",
    "seed": 0,
    "parameters": 100,
    "flops_per_sample": 200,
    "outcome": "passed",
}
_UNMEASURED = (
    *("accuracy", "accuracy_low", "accuracy_high", "test_samples", "train_seconds", "epochs"),
    *("batch_size", "samples_per_second", "warmup_seconds", "peak_memory_bytes"),
    *("roofline_fraction", "reported"),
)
_MACHINE = {
    "cpu_model": "Abacus 9000",
    "cores": 2,
    "threads": 2,
    "torch": "2.15",
    "cuda": None,
    "cuda_device": None,
    "cuda_driver": None,
}


@pytest.fixture
def make_run() -> MakeRun:
    """Make a run of benchmarks, each a dictionary of what its `extra_info` has."""

    def _make(*benchmarks: dict[str, Any]) -> Results:
        entries = []
        for given in benchmarks:
            info = {**dict.fromkeys(_UNMEASURED), **_INFO, **given}
            info["assignment"] = info["model"].partition("/")[0]
            if info["accuracy"] is not None:
                info |= {"accuracy_low": info["accuracy"] - 0.1, "test_samples": 50}
                info["accuracy_high"] = info["accuracy"] + 0.1
            info["epochs"] = 1 if info["train_seconds"] else None
            stats = {"rounds": 1, "min": 1.0, "max": 1.0, "mean": 1.0, "median": 1.0}
            entries.append({"name": "n", "fullname": "f", "stats": stats, "extra_info": info})
        return Results.model_validate(
            {
                "machine_info": _MACHINE,
                "benchmarks": entries,
                "datetime": "2026-11-20T12:00:00+00:00",
                "version": "5",
            }
        )

    return _make


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
