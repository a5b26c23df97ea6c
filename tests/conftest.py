"""What all tests share: hypothesis' patience, a real sandbox of each level, made-up runs."""

import os
import tempfile
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from benchmarks.schema import Results
    from graders.sandbox import Level, Sandbox

# Workers of xdist share the cores: two torch processes with all of them each wait for one another.
_WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
if _WORKERS > 1:
    _CORES = len(os.sched_getaffinity(0))
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, _CORES // _WORKERS)))

# A deadline is a wall-clock limit: on a busy machine it fails tests that are right. Each run draws
# the same examples, so that red means that something changed; `--hypothesis-profile explore` draws
# a thousand new ones.
_patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("patient", _patient, derandomize=True)
settings.register_profile("explore", _patient, max_examples=1000)
settings.load_profile("patient")


@pytest.fixture(scope="session", autouse=True)
def _temporary_folder_of_this_worker(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[None]":
    """What tests look for in the temporary folder shall not be another worker's."""
    if _WORKERS == 1:
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(tmp_path_factory.mktemp("tmp")))
        patch.setattr(tempfile, "tempdir", None)
        yield


def _open(level: "Level") -> "Iterator[Sandbox]":
    """A real sandbox; without one its tests skip.

    Where the environment insists, they fail for want of the stronger level: a kernel may be too old
    for the weaker one.
    """
    from graders.sandbox import open_sandbox
    from reference_models.data import load_dataset

    load_dataset("mnist")  # only what is there can be hidden
    insists = level == "bubblewrap" and os.environ.get("GRADEBENCH_REQUIRE_SANDBOX") == "1"
    with open_sandbox(level=level) as found:
        if not found.holds:
            if insists:
                pytest.fail(f"no sandbox: {found.reason}")
            pytest.skip(f"no sandbox: {found.reason}")
        yield found


@pytest.fixture(scope="session")
def bubblewrap() -> "Iterator[Sandbox]":
    """The stronger level."""
    yield from _open("bubblewrap")


@pytest.fixture(scope="session")
def landlock() -> "Iterator[Sandbox]":
    """The weaker level."""
    yield from _open("landlock")


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


def samples(info: dict[str, Any]) -> int:
    return int(info["test_samples"] or 50)


@pytest.fixture
def make_run() -> "Callable[..., Results]":
    """Make a run of benchmarks, each a dictionary of what its `extra_info` has, and of `rounds`.

    Words are what its machine has.
    """

    from benchmarks.schema import Results

    def _make(*benchmarks: dict[str, Any], **machine: Any) -> "Results":
        entries = []
        for given in benchmarks:
            info = {**dict.fromkeys(_UNMEASURED), **_INFO, **given}
            rounds = info.pop("rounds", [1.0])
            info["assignment"] = info["model"].partition("/")[0]
            if info["accuracy"] is not None:
                info |= {"accuracy_low": info["accuracy"] - 0.1, "test_samples": samples(info)}
                info["accuracy_high"] = min(1.0, info["accuracy"] + 0.1)
            info["epochs"] = 1 if info["train_seconds"] else None
            stats = {"rounds": len(rounds), "min": 1.0, "max": 1.0, "mean": 1.0, "median": 1.0}
            stats["data"] = rounds
            entries.append({"name": "n", "fullname": "f", "stats": stats, "extra_info": info})
        return Results.model_validate(
            {
                "machine_info": _MACHINE | machine,
                "benchmarks": entries,
                "datetime": "2026-11-20T12:00:00+00:00",
                "version": "5",
            }
        )

    return _make
