"""How many examples a second a model answers."""

from collections.abc import Callable

from torch import Tensor

from benchmarks.errors import MeasurementError
from benchmarks.measure.clock import Stopwatch

_PASS_FLOPS, _BATCH_FLOPS = 0.25e9, 4e9


def timed_pass(answer: Callable[[Tensor], Tensor], examples: Tensor) -> Stopwatch[[], Tensor]:
    """Return one pass of inference over stored `examples` `(N, ...)`, ready to be timed.

    Each call answers all examples and returns the answers, a row each; an untimed one is behind it.
    Scaling is part of the work; moving is not: they lie on the model's device already. Raises
    MeasurementError without examples.
    """
    if not len(examples):
        raise MeasurementError("throughput needs at least one example")

    def one_pass() -> Tensor:
        return answer(examples)

    one_pass()
    return Stopwatch(one_pass, examples.device)


def examples_a_pass(flops: int, stored: int, batch: int) -> int:
    """Return how many of the `stored` examples to answer at a time, at `flops` each.

    As many whole batches as cost a quarter of a GFLOP, but one batch at least; and of what costs
    more than four GFLOP a batch fewer examples, but one at least.
    """
    a_pass, a_batch = (int(most / max(flops, 1)) for most in (_PASS_FLOPS, _BATCH_FLOPS))
    return max(1, min(stored, batch, a_batch), min(stored, a_pass) // batch * batch)


def samples_per_second(
    answer: Callable[[Tensor], Tensor], examples: Tensor, *, rounds: int = 5
) -> float:
    """Return examples a second of inference: examples over the median of `rounds` timed passes.

    Raises MeasurementError without examples or rounds.
    """
    one_pass = timed_pass(answer, examples)
    for _ in range(rounds):
        one_pass()
    return len(examples) / one_pass.median
