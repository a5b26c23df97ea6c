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
    ours = Sprint(rate=0.01, batch_size=64, steps=299, ends_at=0.25, parts=3).of(report)
    assert [ours.rate_in(epoch) for epoch in (1, 2, 3)] == [0.01, 0.005, 0.0025]
    assert (ours.optimiser, ours.weight_decay, ours.l1) == ("adam", 0.0, report.l1)
    assert (ours.batch_size, ours.epochs, ours.steps, ours.log_every) == (64, 3, 100, None)
    assert (ours.input_scale, ours.precision) == ("unit", "float32")
    assert [ours.is_tested(epoch) for epoch in (1, 2, 3)] == [False, False, True]


def test_it_may_read_another_scale_and_have_a_part_precision_and_decay_of_its_own() -> None:
    report = find_model("comp576/lenet5").recipes["paper"]
    ours = Sprint(0.01, 64, 100, 0.1, 1, "standard", "bfloat16", 0.003).of(report)
    assert (ours.epochs, ours.steps, ours.rate_in(1)) == (1, 100, 0.01)
    assert (ours.input_scale, ours.precision, ours.weight_decay) == ("standard", "bfloat16", 0.003)
