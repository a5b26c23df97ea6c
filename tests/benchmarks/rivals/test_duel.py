import pytest
import torch

from benchmarks.measure import Ratio
from benchmarks.rivals.duel import (
    Duel,
    always_stacked,
    by_loop,
    by_stack,
    duel,
    in_bfloat16,
    one_by_one,
    start_of_experiment,
    start_of_trial,
)
from benchmarks.rivals.tidy_loop import train_tidily
from benchmarks.trial import Trial
from reference_models import ModelCard, find_experiment
from reference_models.data import Dataset, load_dataset
from reference_models.training import Reconstruction

_EVEN = Ratio(1.0, 0.9, 1.1, (1.0,), (1.0,))


def test_both_sides_train_the_same_fresh_models_every_round() -> None:
    start = start_of_experiment(find_experiment("dat565/dense-curves"))
    result = duel(start, load_dataset("mnist"), by_loop(train_tidily), by_stack, 6)
    assert result.ratio.rounds == 6
    assert len(result.ours) == len(result.theirs) == 7  # one of each goes ahead untimed
    assert len(set(result.ours)) > 1


def test_who_fights_itself_learns_the_same(toy_card: ModelCard, toy_data: Dataset) -> None:
    start = start_of_trial(Trial(toy_card, "cpu", toy_data, "quick", seed=0))
    before = torch.get_rng_state()
    result = duel(start, toy_data, one_by_one, by_stack, 6)
    assert result.ours == result.theirs
    stacked = duel(start, toy_data, always_stacked, by_stack, 6)
    assert stacked.ours == stacked.theirs == result.ours
    assert torch.equal(before, torch.get_rng_state())


def test_ours_alone_computes_in_bfloat16(toy_card: ModelCard, toy_data: Dataset) -> None:
    start = start_of_trial(Trial(toy_card, "cpu", toy_data, "quick", seed=0))
    member = start(0)[0]
    in_bfloat16([member], toy_data)
    other = start(0)[0]
    by_stack([other], toy_data)
    assert member.recipe.precision == "float32"
    learnt = torch.cat([each.flatten() for each in member.model.parameters()])
    exact = torch.cat([each.flatten() for each in other.model.parameters()])
    assert learnt.dtype is torch.float32
    assert not torch.equal(learnt, exact)
    torch.testing.assert_close(learnt, exact, atol=0.05, rtol=0.05)


def test_models_of_another_kind_are_not_stacked() -> None:
    experiment = find_experiment("comp576/recurrent")
    members = start_of_experiment(experiment, steps=1)(0)
    scores = by_stack(members, load_dataset("mnist"))
    assert len(scores) == len(experiment.arms)


def test_what_is_neither_right_nor_wrong_is_scored_by_its_loss() -> None:
    experiment = find_experiment("jhu482/autoencoders")
    member = start_of_experiment(experiment, steps=1)(0)[0]
    assert isinstance(member.recipe.task, Reconstruction)
    (score,) = one_by_one([member], load_dataset("mnist"))
    assert score < 0


@pytest.mark.parametrize(
    ("ours", "theirs", "verdict"),
    [
        ((0.90, 0.91, 0.92, 0.91), (0.91, 0.90, 0.92, 0.91), True),
        ((0.95, 0.96, 0.95, 0.96), (0.90, 0.91, 0.90, 0.91), True),
        ((0.50, 0.51, 0.50, 0.51), (0.90, 0.91, 0.90, 0.92), False),
    ],
)
def test_learning_less_is_noticed_and_noise_is_not(
    ours: tuple[float, ...], theirs: tuple[float, ...], verdict: bool
) -> None:
    assert Duel(_EVEN, ours, theirs).learns_no_less is verdict
