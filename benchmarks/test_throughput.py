"""How many examples a second the reference models answer."""

from functools import partial
from typing import Any

import pytest

from benchmarks.device import cpu_and_cuda
from benchmarks.figures import Figures
from benchmarks.measure import Control, PeakMemory, timed_pass
from benchmarks.workbench import Workbench
from reference_models import ModelCard

_SAMPLES = 2048
_BATCH_SIZE = 256
_ROUNDS = 20
_PASS_FLOPS = 4e9
"""What a timed pass may cost, so that a large model answers fewer samples, not for longer."""


@pytest.mark.parametrize("device", cpu_and_cuda())
def test_throughput(
    benchmark: Any, reference_model: ModelCard, device: str, workbench: Workbench, figures: Figures
) -> None:
    """Timed: answering up to 2,048 samples in batches of 256, untrained: weights cost no time.

    A model of which 2,048 answers cost more than 4 GFLOP is asked for fewer.
    """
    trial = workbench.trial(reference_model, device)
    figures.describe(trial, metric="samples_per_second")
    warmup_seconds = trial.warm_up()
    bag = trial.samples_per_example
    affordable = int(_PASS_FLOPS / max(trial.forward_flops, 1))
    examples = trial.examples(max(1, min(_SAMPLES // bag, affordable)))
    answer = partial(trial.answer, trial.fresh_model(), batch_size=_BATCH_SIZE // bag)
    one_pass = timed_pass(answer, examples)
    control = Control(device)
    with PeakMemory(device) as peak:
        answers = benchmark.pedantic(one_pass, setup=control, rounds=_ROUNDS, iterations=1)
    speed = len(examples) / one_pass.median
    figures.record(
        samples_per_second=speed,
        batch_size=min(_BATCH_SIZE // bag, len(examples)),
        warmup_seconds=warmup_seconds,
        control_seconds=control.seconds,
        peak_memory_bytes=peak.bytes,
        roofline_fraction=workbench.roofline_fraction(trial.forward_flops * speed, device),
    )
    assert len(answers) == len(examples)
    assert answers.isfinite().all()
