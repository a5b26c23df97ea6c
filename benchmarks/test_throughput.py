"""How many samples a second the reference models answer."""

from typing import Any

import pytest

from benchmarks.device import cpu_and_cuda
from benchmarks.figures import Figures
from benchmarks.measure import PeakMemory, timed_pass
from benchmarks.workbench import Workbench
from reference_models import ModelCard

_SAMPLES = 2048
_BATCH_SIZE = 256
_ROUNDS = 20


@pytest.mark.parametrize("device", cpu_and_cuda())
def test_throughput(
    benchmark: Any, reference_model: ModelCard, device: str, workbench: Workbench, figures: Figures
) -> None:
    """Timed: answering up to 2,048 images in batches of 256, untrained: weights cost no time."""
    trial = workbench.trial(reference_model, device)
    figures.describe(trial, metric="samples_per_second")
    warmup_seconds = trial.warm_up()
    images = trial.data.train.images[:_SAMPLES]
    one_pass = timed_pass(trial.fresh_model(), images, trial.recipe.input_scale, _BATCH_SIZE)
    with PeakMemory(device) as peak:
        logits = benchmark.pedantic(one_pass, rounds=_ROUNDS, iterations=1)
    speed = len(images) / one_pass.median
    figures.record(
        samples_per_second=speed,
        batch_size=_BATCH_SIZE,
        warmup_seconds=warmup_seconds,
        peak_memory_bytes=peak.bytes,
        roofline_fraction=workbench.roofline_fraction(trial.forward_flops * speed, device),
    )
    assert logits.shape == (len(images), reference_model.classes)
    assert logits.isfinite().all()
