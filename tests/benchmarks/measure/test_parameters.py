import pytest
from torch import nn

from benchmarks.errors import MeasurementError
from benchmarks.measure import count_parameters
from reference_models import ModelCard, model_cards


@pytest.mark.parametrize("card", model_cards(), ids=lambda card: card.id)
def test_every_reference_model_counts_what_its_card_says(card: ModelCard) -> None:
    assert count_parameters(card.build()) == card.parameters


def test_a_shared_parameter_counts_once() -> None:
    first, second = nn.Linear(4, 4), nn.Linear(4, 4)
    second.weight = first.weight
    assert count_parameters(nn.Sequential(first, second)) == 16 + 4 + 4


def test_frozen_parameters_count_and_buffers_do_not() -> None:
    model = nn.BatchNorm2d(6)  # two parameters and two buffers of six, and a counter
    model.weight.requires_grad_(False)
    assert count_parameters(model) == 12


def test_a_layer_without_a_size_yet_is_refused_by_name() -> None:
    with pytest.raises(MeasurementError, match=r"'1\.weight' has no size"):
        count_parameters(nn.Sequential(nn.Flatten(), nn.LazyLinear(5)))
