"""A model and a data set small enough to train between two blinks."""

import pytest
import torch
import torch._dynamo  # see below
from torch import nn

from benchmarks.trial import Trial
from reference_models import ModelCard
from reference_models.data import Dataset, Split
from reference_models.training.recipes import Recipe

# torch's first optimiser imports torch._dynamo. A pytest inside pytest would do it, forget the
# module at its end, and the next import would find torch's registers filled already.
assert torch._dynamo


def _linear() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(4, 2))


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a pytest inside pytest not take itself for a worker of xdist, who writes no JSON."""
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT"):
        monkeypatch.delenv(name, raising=False)


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
