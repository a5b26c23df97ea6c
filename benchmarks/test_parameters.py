"""How big the reference models are, and whether they are the size the assignment says."""

from typing import Any

import pytest

from benchmarks.device import cpu_and_cuda
from benchmarks.figures import Figures
from benchmarks.measure import count_parameters
from benchmarks.workbench import Workbench
from reference_models import ModelCard
from reference_models.devices import synchronise

_ROUNDS = 3


@pytest.mark.parametrize("device", cpu_and_cuda())
def test_parameters(
    benchmark: Any, reference_model: ModelCard, device: str, workbench: Workbench, figures: Figures
) -> None:
    """Timed: building the model, weights drawn and moved to the device."""
    trial = workbench.trial(reference_model, device)
    figures.describe(trial, metric="parameters")

    def build() -> int:
        count = count_parameters(trial.build())
        synchronise(device)
        return count

    counted = benchmark.pedantic(build, rounds=_ROUNDS, iterations=1)
    assert counted == reference_model.parameters
