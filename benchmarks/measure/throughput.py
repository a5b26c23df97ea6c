"""How many samples a second a trained model answers."""

from torch import Tensor, nn

from benchmarks.errors import MeasurementError
from benchmarks.measure.clock import Stopwatch
from reference_models.data import InputScale
from reference_models.training import predict


def samples_per_second(
    model: nn.Module, images: Tensor, scale: InputScale, *, batch_size: int, rounds: int = 5
) -> float:
    """Return samples a second of inference over `images` `(N, C, H, W)` uint8, batch by batch.

    The median of `rounds` passes after one untimed pass. Scaling the pixels is part of the work;
    moving them is not: they lie on the model's device already.
    Raises MeasurementError without images or rounds.
    """
    if not len(images) or rounds < 1:
        raise MeasurementError("throughput needs at least one image and one round")
    one_pass = Stopwatch(predict, images.device)
    predict(model, images, scale, batch_size)
    for _ in range(rounds):
        one_pass(model, images, scale, batch_size)
    return len(images) / one_pass.median
