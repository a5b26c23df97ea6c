import pytest

from benchmarks.rivals.sprints import SPRINTS, Sprint
from reference_models import find_model, model_cards
from reference_models.training import L1, Recipe, Reconstruction


def test_every_model_that_learns_in_less_than_hours_has_one() -> None:
    trained = {card.id for card in model_cards() if card.is_trained}
    guesses = {card.id for card in model_cards() if "paper" in card.at_chance}
    slow = {card.id for card in model_cards() if card.assignment == "bs6207"}
    assert set(SPRINTS) == trained - slow - guesses


@pytest.mark.parametrize("model", SPRINTS)
def test_it_does_what_the_report_does_but_sooner(model: str) -> None:
    report = find_model(model).recipes["paper"]
    ours = SPRINTS[model].of(report)
    assert (ours.task, ours.trains, ours.l1) == (report.task, report.trains, report.l1)
    # A loss in other units would be no race.
    assert ours.input_scale == report.input_scale or not isinstance(ours.task, Reconstruction)


def test_it_is_adam_at_a_rate_that_falls() -> None:
    report = Recipe(
        epochs=40,
        batch_size=256,
        learning_rate=0.001,
        input_scale="unit",
        momentum=0.9,
        weight_decay=0.1,
        l1=L1(0.1, "1.weight"),
        log_every=10,
        test_every=5,
    )
    ours = Sprint(rate=0.01, batch_size=64, epochs=3, steps=100, falls_to=0.5).of(report)
    assert [ours.rate_in(epoch) for epoch in (1, 2, 3)] == [0.01, 0.005, 0.0025]
    assert (ours.optimiser, ours.weight_decay, ours.l1) == ("adam", 0.0, report.l1)
    assert (ours.batch_size, ours.epochs, ours.steps, ours.log_every) == (64, 3, 100, None)
    assert ours.precision == "float32"
    assert (ours.input_scale, ours.test_every) == ("unit", 5)
    assert Sprint(0.01, 64, 3, 100, scale="standard").of(report).input_scale == "standard"
    assert Sprint(0.01, 64, 3, 100, precision="bfloat16").of(report).precision == "bfloat16"
