from dataclasses import replace

import pytest
import torch
from torch import nn

from benchmarks.measure import Cost, forward_cost, peak_memory, training_cost
from benchmarks.trial import Trial
from reference_models import Budget, ReportedFigure, find_model
from reference_models.data import Source, load_dataset

PRINTED = ReportedFigure("test_accuracy", 0.95, read_from="text")


def test_fresh_models_start_from_the_same_weights(toy_trial: Trial) -> None:
    first, second = (toy_trial.fresh_model().state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_what_becomes_of_one_model_does_nothing_to_the_next(toy_trial: Trial) -> None:
    card = replace(toy_trial.card, prepare=lambda model, *_: nn.init.ones_(model[1].weight))
    trial = replace(toy_trial, card=card)
    for make in (trial.fresh_model, trial.prepared_model):
        before = make().state_dict()["1.weight"].clone()
        trial.train(make())
        assert torch.equal(make().state_dict()["1.weight"], before)
    assert trial.prepared_model().state_dict()["1.weight"].eq(1).all()
    assert not trial.fresh_model().state_dict()["1.weight"].eq(1).all()


def test_what_comes_before_a_training_is_done_once(toy_trial: Trial) -> None:
    asked: list[object] = []
    trial = replace(
        toy_trial, card=replace(toy_trial.card, prepare=lambda *given: asked.append(given[1]))
    )
    assert trial.prepared_model() is not trial.prepared_model()
    assert asked == [trial.data]


def test_a_model_learns_from_one_of_the_trial_s_own_seed(toy_trial: Trial) -> None:
    teachers: list[nn.Module] = []
    source = toy_trial.card
    pupil = replace(source, prepare=lambda _m, _d, teacher: teachers.append(teacher(source)))
    for seed in (0, 8):
        replace(toy_trial, card=pupil, seed=seed).prepared_model()
    for seed, teacher in zip((0, 8), teachers, strict=True):
        learnt = replace(toy_trial, seed=seed)
        expected = learnt.train(learnt.build()).model.state_dict()
        assert torch.equal(teacher.state_dict()["1.weight"], expected["1.weight"])
    known = source.build()
    asked = replace(toy_trial, card=pupil, teacher=lambda *_: known)
    asked.prepared_model()
    assert teachers[2] is known


def test_two_steps_tell_about_how_long_a_training_takes(
    toy_trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reference_models.training.history.History.seconds", 0.5)
    steps = 3 * 40 / 8
    assert toy_trial.expected_seconds() == 0.5 / 2 * steps


def test_another_seed_starts_elsewhere(toy_trial: Trial) -> None:
    first = toy_trial.fresh_model().state_dict()["1.weight"]
    second = replace(toy_trial, seed=1).fresh_model().state_dict()["1.weight"]
    assert not torch.equal(first, second)


def test_training_learns_what_is_there_to_learn(toy_trial: Trial) -> None:
    trained = toy_trial.train(toy_trial.fresh_model())
    assert len(trained.history.epochs) == toy_trial.recipe.epochs
    assert toy_trial.evaluate(trained.model).accuracy == 1.0


def test_training_does_not_evaluate(toy_trial: Trial) -> None:
    trained = toy_trial.train(toy_trial.fresh_model())
    assert all(epoch.test_accuracy is None for epoch in trained.history.epochs)


def test_warming_up_takes_time_and_leaves_the_random_state_alone(toy_trial: Trial) -> None:
    before = torch.random.get_rng_state()
    assert toy_trial.warm_up() == toy_trial.warmup_seconds > 0
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize(
    ("model", "budget"),
    [
        ("dat565/dense-64-64", "quick"),
        ("jhu482/encoder-probe", "quick"),
        ("jhu482/pentagons-sigmoid", "paper"),
    ],
)
def test_the_memory_of_a_little_training_is_that_of_a_whole(model: str, budget: Budget) -> None:
    card = replace(find_model(model), prepare=None)
    trial = Trial(card, "cpu", card.view.of(load_dataset(card.dataset)), budget, seed=0)
    little = trial.training_memory
    whole = peak_memory(lambda: trial.train(trial.fresh_model()), "cpu")
    assert 1 <= whole / little < 1.01, "the order of the samples is longer, and all else the same"


def test_finding_out_the_memory_leaves_the_random_state_alone(toy_trial: Trial) -> None:
    before = torch.random.get_rng_state()
    assert toy_trial.training_memory > 0
    assert torch.equal(torch.random.get_rng_state(), before)


def test_a_larger_batch_is_answered_in_more_memory() -> None:
    card = find_model("jhu482/cnn")
    trial = Trial(card, "cpu", load_dataset(card.dataset), "quick", seed=0)
    one, sixteen = (trial.answering_memory(trial.examples(count)) for count in (1, 16))
    weights = sum(each.nbytes for each in trial.untrained.parameters())
    assert weights < one < sixteen < 16 * one


def test_a_training_costs_every_sample_of_every_epoch(toy_trial: Trial) -> None:
    forward = 2 * 4 * 2
    assert toy_trial.forward_flops == forward
    training = toy_trial.training_cost
    assert training.flops == 2 * forward * 40 * 3  # the input's gradient is not needed


def test_an_update_reads_and_writes_weights_gradients_and_what_the_optimiser_keeps(
    toy_trial: Trial,
) -> None:
    def moved(**changes: object) -> float:
        recipe = replace(toy_trial.recipe, batch_size=1, **changes)  # type: ignore[arg-type]
        return toy_trial.learning_cost(recipe).bytes

    weights = 4 * (4 * 2 + 2)
    plain = moved(optimiser="sgd", momentum=0.0)
    assert moved(optimiser="sgd", momentum=0.9) - plain == 2 * weights
    assert moved(optimiser="adam") - plain == 4 * weights


@pytest.mark.parametrize("model", ["jhu482/encoder-probe", "jhu482/encoder-probe-improved"])
def test_layers_that_are_asked_once_cost_as_much_whatever_the_epochs(model: str) -> None:
    card = find_model(model)
    trial = Trial(card, "cpu", card.view.of(load_dataset(card.dataset)), "quick", seed=0)
    encoder, head = (trial.untrained.get_submodule(name) for name in ("encoder", "head"))
    once = forward_cost(encoder, card.input_shape).flops
    learnt = 2 * 2 * head.weight.numel()  # forwards and backwards; nobody asks for its input's
    samples, recipe = len(trial.data.train), trial.recipe
    for epochs in (1, 3):
        cost = trial.cost_of(replace(recipe, epochs=epochs, steps=None))
        assert cost.flops == (once + learnt * epochs) * samples
    few = trial.cost_of(replace(recipe, epochs=1, steps=1))
    assert few.flops == (once + learnt) * recipe.batch_size


def test_a_step_costs_what_is_done_in_it_alone() -> None:
    card = find_model("jhu482/encoder-probe")
    trial = Trial(card, "cpu", card.view.of(load_dataset(card.dataset)), "quick", seed=0)
    head, recipe = trial.untrained.get_submodule("head"), trial.recipe
    assert isinstance(head, nn.Linear)
    alone = training_cost(head, (head.in_features,), recipe.batch_size)
    weights = sum(each.nbytes for each in head.parameters())
    assert recipe.optimiser == "adam"
    assert trial.learning_cost(recipe) == alone + Cost(0, 7 * weights / recipe.batch_size)


def test_a_training_on_smaller_bags_costs_what_their_samples_do() -> None:
    card = find_model("bs6207/ucc-alpha1")
    data = card.view.of(load_dataset(card.dataset))
    trial = Trial(card, "cpu", data, "quick", 0)
    recipe = trial.recipe
    one = trial.forward_flops / card.input_shape[0]  # of a sample; the backward pass takes up to 2
    shown = recipe.samples_an_epoch(len(data.train)) * recipe.epochs
    assert recipe.task.samples_per_example < card.input_shape[0]
    assert 2 * one * shown < trial.training_cost.flops < 3 * one * shown


@pytest.mark.parametrize(
    ("source", "budget", "printed", "expected"),
    [
        ("real", "paper", PRINTED, 0.95),
        ("real", "quick", PRINTED, None),
        ("embedded", "paper", PRINTED, None),
        ("embedded", "quick", PRINTED, None),
        ("real", "paper", None, None),
        ("real", "paper", replace(PRINTED, metric="train_accuracy"), None),
    ],
)
def test_only_a_repeat_of_the_report_is_set_beside_its_figure(
    toy_trial: Trial,
    source: Source,
    budget: Budget,
    printed: ReportedFigure | None,
    expected: float | None,
) -> None:
    trial = replace(
        toy_trial,
        card=replace(toy_trial.card, reported=printed),
        data=replace(toy_trial.data, source=source),
        budget=budget,
    )
    assert trial.reported == expected
