"""How many examples a second the reference models answer."""

from functools import partial
from typing import Any

import pytest

from benchmarks.device import cpu_and_cuda
from benchmarks.figures import Figures
from benchmarks.measure import Control, Stopwatch, examples_a_pass
from benchmarks.trial import BATCH
from benchmarks.workbench import Workbench
from reference_models import ModelCard

_SAMPLES = 2048
_WORTH_SECONDS = 0.2
_FEWEST_ROUNDS, _MOST_ROUNDS = 9, 20
"""Nine against nine tell two runs apart, among all figures of a suite."""


@pytest.mark.parametrize("device", cpu_and_cuda())
def test_throughput(
    benchmark: Any, reference_model: ModelCard, device: str, workbench: Workbench, figures: Figures
) -> None:
    """Timed: answering up to 2,048 samples in batches of 256, untrained: weights cost no time.

    `examples_a_pass` says of how many a pass is worth its time.
    """
    trial = workbench.trial(reference_model, device)
    figures.describe(trial, metric="samples_per_second")
    trial.warm_up()
    bag = trial.samples_per_example
    batch = BATCH // bag
    stored = min(_SAMPLES, len(trial.data.train)) // bag
    examples = trial.examples(examples_a_pass(trial.forward_flops, stored, batch))
    answer = partial(trial.answer, trial.fresh_model(), examples, batch)
    one_pass = Stopwatch(answer, device)
    one_pass()
    rounds = _rounds(one_pass.seconds.pop())  # the first pass says about how long one takes
    with Control(device).watching() as control:
        answers = benchmark.pedantic(one_pass, setup=control, rounds=rounds, iterations=1)
    speed = len(examples) / one_pass.median
    figures.record(samples_per_second=speed, batch_size=min(batch, len(examples)))
    figures.record(peak_memory_bytes=trial.answering_memory(examples[:batch]))
    figures.record_speed(trial, trial.forward_cost * speed, control, workbench)
    assert len(answers) == len(examples)
    assert answers.isfinite().all()


def _rounds(seconds: float) -> int:
    return min(max(round(_WORTH_SECONDS / seconds), _FEWEST_ROUNDS), _MOST_ROUNDS)
