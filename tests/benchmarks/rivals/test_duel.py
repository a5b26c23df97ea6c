import pytest

from benchmarks.measure import Ratio
from benchmarks.rivals.duel import Duel, duel
from benchmarks.rivals.tidy_loop import train_tidily
from reference_models import find_experiment
from reference_models.data import load_dataset

_EVEN = Ratio(1.0, 0.9, 1.1, (1.0,), (1.0,))


def test_both_sides_train_the_same_fresh_models_every_round() -> None:
    result = duel(find_experiment("dat565/dense-curves"), train_tidily, load_dataset("mnist"), 6)
    assert result.ratio.rounds == 6
    assert len(result.ours) == len(result.theirs) == 7  # one of each goes ahead untimed
    assert len(set(result.ours)) > 1


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
