"""How many samples a second a model answers."""

from torch import Tensor, nn

from benchmarks.errors import MeasurementError
from benchmarks.measure.clock import Stopwatch
from reference_models.data import InputScale
from reference_models.training import predict


def timed_pass(
    model: nn.Module, images: Tensor, scale: InputScale, batch_size: int
) -> Stopwatch[[], Tensor]:
    """Return one pass of inference over `images` `(N, C, H, W)` uint8, ready to be timed.

    Each call answers all images batch by batch and returns the logits `(N, classes)`; an untimed
    one is behind it. Scaling the pixels is part of the work; moving them is not: they lie on the
    model's device already. Raises MeasurementError without images.
    """
    if not len(images):
        raise MeasurementError("throughput needs at least one image")

    def answer() -> Tensor:
        return predict(model, images, scale, batch_size)

    answer()
    return Stopwatch(answer, images.device)


def samples_per_second(
    model: nn.Module, images: Tensor, scale: InputScale, *, batch_size: int, rounds: int = 5
) -> float:
    """Return samples a second of inference: images over the median of `rounds` timed passes.

    Raises MeasurementError without images or rounds.
    """
    one_pass = timed_pass(model, images, scale, batch_size)
    for _ in range(rounds):
        one_pass()
    return len(images) / one_pass.median
