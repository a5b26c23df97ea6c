"""A model and a data set small enough to train between two blinks; runs that are made up."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch._dynamo  # see below
from torch import nn

from benchmarks.schema import Results
from benchmarks.trial import Trial
from reference_models import ModelCard
from reference_models.data import Dataset, Split
from reference_models.training.recipes import Recipe

# torch's first optimiser imports torch._dynamo. A pytest inside pytest would do it, forget the
# module at its end, and the next import would find torch's registers filled already.
assert torch._dynamo


def _linear() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(4, 2))


@pytest.fixture
def toy_card() -> ModelCard:
    recipe = Recipe(epochs=3, batch_size=8, learning_rate=0.5, input_scale="unit")
    return ModelCard(
        id="toy/linear",
        title="Linear 4-2",
        section="none",
        module=_linear,
        input_shape=(1, 2, 2),
        classes=2,
        parameters=10,
        dataset="toy",
        recipes={"quick": recipe, "paper": recipe},
    )


@pytest.fixture
def toy_data() -> Dataset:
    """Dark pictures are class 0, bright ones class 1."""
    labels = torch.arange(40) % 2
    images = (labels * 255).to(torch.uint8).reshape(-1, 1, 1, 1).expand(-1, 1, 2, 2).contiguous()
    split = Split(images, labels)
    return Dataset("toy", "embedded", "black and white", ("black", "white"), "toy-1", split, split)


@pytest.fixture
def toy_trial(toy_card: ModelCard, toy_data: Dataset) -> Trial:
    return Trial(toy_card, "cpu", toy_data, "quick", seed=0)


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


def samples(info: dict[str, Any]) -> int:
    return int(info["test_samples"] or 50)


@pytest.fixture
def make_run() -> MakeRun:
    """Make a run of benchmarks, each a dictionary of what its `extra_info` has, and of `rounds`.

    Words are what its machine has.
    """

    def _make(*benchmarks: dict[str, Any], **machine: Any) -> Results:
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
