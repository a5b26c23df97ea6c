from dataclasses import replace

import pytest

from benchmarks.rivals.sprints import SPRINTS, Sprint
from reference_models import find_model, model_cards
from reference_models.training import Recipe


def test_every_model_that_trains_in_less_than_hours_has_one() -> None:
    slow = {card.id for card in model_cards() if card.assignment == "bs6207"}
    assert {card.id for card in model_cards() if card.is_trained} - slow == set(SPRINTS)


@pytest.mark.parametrize("model", SPRINTS)
def test_it_asks_for_what_the_report_asks(model: str) -> None:
    report = find_model(model).recipes["paper"]
    ours = SPRINTS[model].of(report)
    assert (ours.task, ours.trains, ours.l1) == (report.task, report.trains, report.l1)


def test_its_rate_falls_after_every_epoch() -> None:
    report = Recipe(epochs=40, batch_size=256, learning_rate=0.001, input_scale="unit")
    ours = Sprint(rate=0.01, batch_size=64, epochs=3, steps=100, falls_to=0.5).of(report)
    assert [ours.rate_in(epoch) for epoch in (1, 2, 3)] == [0.01, 0.005, 0.0025]
    assert replace(ours, rate_drops=None).input_scale == "unit"
