import pytest
import torch

from benchmarks.rivals.report_loop import _PerSample, train_like_the_report
from reference_models import ModelCard
from reference_models.data import Dataset, Split, scale_pixels
from reference_models.data.scaling import InputScale


@pytest.mark.parametrize("scale", ["raw", "unit"])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_sample_is_what_the_engine_would_gather(
    scale: InputScale, channels: int, toy_card: ModelCard
) -> None:
    from dataclasses import replace

    images = torch.randint(0, 256, (4, channels, 5, 6), dtype=torch.uint8)
    split = Split(images, torch.arange(4))
    recipe = replace(toy_card.recipes["quick"], input_scale=scale)
    sample, label = _PerSample(split, recipe)[2]
    torch.testing.assert_close(sample.float(), scale_pixels(images[2], scale))
    assert label == 2


def test_the_loop_learns_and_reports_every_epoch(toy_card: ModelCard, toy_data: Dataset) -> None:
    recipe = toy_card.recipes["quick"]
    scores = train_like_the_report(toy_card.build(), toy_data, recipe)
    assert len(scores) == recipe.epochs
    assert scores[-1] == 1.0
