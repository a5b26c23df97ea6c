from functools import partial

import pytest
import torch
from torch import nn

from benchmarks.errors import MeasurementError
from benchmarks.measure import examples_a_pass, samples_per_second, throughput, timed_pass
from reference_models.training import predict


class Slow(nn.Module):
    """Answers in a way that the test can count."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 2)
        self.seen: list[int] = []

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.seen.append(len(images))
        logits: torch.Tensor = self.linear(images.flatten(1))
        return logits


def images(count: int) -> torch.Tensor:
    return torch.zeros(count, 1, 2, 2, dtype=torch.uint8)


def ask(model: nn.Module, examples: torch.Tensor) -> torch.Tensor:
    return predict(model, examples, "unit", batch_size=4)


def test_a_pass_answers_what_predict_answers_and_is_not_timed_before_it_is_called() -> None:
    model = Slow()
    one_pass = timed_pass(partial(ask, model), images(10))
    assert one_pass.seconds == []
    assert torch.equal(one_pass(), predict(model, images(10), "unit"))
    assert len(one_pass.seconds) == 1


def test_every_image_is_answered_in_every_round_and_once_before() -> None:
    model = Slow()
    speed = samples_per_second(partial(ask, model), images(10), rounds=3)
    assert sum(model.seen) == 10 * (3 + 1)
    assert max(model.seen) == 4
    assert speed > 0


def test_the_speed_is_images_over_the_median_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([0.0, 2.0, 10.0, 11.0, 20.0, 29.0])  # passes of 2, 1 and 9 seconds
    on_moments = partial(throughput.Stopwatch, clock=lambda: next(moments))
    monkeypatch.setattr(throughput, "Stopwatch", on_moments)
    assert samples_per_second(partial(ask, Slow()), images(10), rounds=3) == 5.0


@pytest.mark.parametrize(("count", "rounds"), [(0, 1), (5, 0)])
def test_nothing_to_time_is_refused(count: int, rounds: int) -> None:
    with pytest.raises(MeasurementError, match=r"at least one example|nothing has been timed"):
        samples_per_second(partial(ask, Slow()), images(count), rounds=rounds)


@pytest.mark.parametrize(
    ("flops", "stored", "batch", "expected"),
    [
        (0, 2048, 256, 2048),
        (100, 1297, 256, 1280),  # whole batches
        (100, 200, 256, 200),  # all there is
        (300_000, 1297, 256, 768),
        (2_000_000, 1297, 256, 256),  # one batch at least
        (25_000_000, 1297, 256, 160),  # less than one, as it is dear
        (13_000_000_000, 40, 8, 1),
    ],
)
def test_a_pass_is_as_long_as_its_examples_are_cheap(
    flops: int, stored: int, batch: int, expected: int
) -> None:
    assert examples_a_pass(flops, stored, batch) == expected
