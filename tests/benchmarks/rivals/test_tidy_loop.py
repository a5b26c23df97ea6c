from benchmarks.rivals.tidy_loop import train_tidily
from reference_models import ModelCard
from reference_models.data import Dataset


def test_the_loop_learns_and_reports_every_epoch(toy_card: ModelCard, toy_data: Dataset) -> None:
    recipe = toy_card.recipes["quick"]
    scores = train_tidily(toy_card.build(), toy_data, recipe)
    assert len(scores) == recipe.epochs
    assert scores[-1] == 1.0
