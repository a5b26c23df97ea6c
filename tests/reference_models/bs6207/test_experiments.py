import pytest

from reference_models import find_experiment, find_model
from reference_models.bs6207.bags import Bags
from reference_models.bs6207.cards import paper
from reference_models.data import load_dataset
from reference_models.training import fit


def test_the_log_is_the_mean_of_its_two_losses() -> None:
    # steps 0, 100, 200, 300, 350 of the report's log: counting, reconstruction
    parts = [(1.389, 1.588), (1.381, 0.703), (1.346, 0.574), (1.302, 0.503), (1.227, 0.476)]
    experiment = find_experiment("bs6207/models")
    losses = [f.value for f in experiment.reported if f.metric == "loss"]
    assert losses == pytest.approx([(ucc + ae) / 2 for ucc, ae in parts], abs=0.001)
    assert all(f"{part:.3f}" in experiment.notes for both in parts for part in both)


def test_every_printed_row_is_there() -> None:
    figures = find_experiment("bs6207/models").reported
    rows = {
        arm: tuple(
            next(f.value for f in figures if (f.arm, f.metric) == (arm, metric))
            for metric in ("min_js", "ucc_accuracy", "clustering_accuracy")
        )
        for arm in ("UCC", "UCC2+", "UCC, alpha 1", "UCC2+, alpha 1", "Sigmoid")
    }
    assert rows == {
        "UCC": (0.23, 0.9993, 0.9773),
        "UCC2+": (0.23, 0.7503, 0.7902),
        "UCC, alpha 1": (0.23, 0.7907, 0.8874),
        "UCC2+, alpha 1": (0.23, 0.7842, 0.6916),
        "Sigmoid": (0.23, 0.3775, 0.3007),
    }
    long = find_experiment("bs6207/ucc-long").reported
    assert [f.value for f in long] == [0.23, 0.9993, 0.9773]
    sizes = find_experiment("bs6207/training-size").reported
    assert [f.value for f in sizes] == [0.7984, 0.7486, 0.5684, 0.4860, 0.5038, 0.5203]


@pytest.mark.parametrize(("low", "batch"), [(1, 640), (2, 576)])
def test_the_paper_trains_2000_steps_of_whole_batches(low: int, batch: int) -> None:
    recipe = paper(low, 0.5)
    assert (recipe.epochs * (recipe.steps or 0), recipe.batch_size) == (2000, batch)
    assert (recipe.optimiser, recipe.learning_rate, recipe.epsilon) == ("adam", 1e-4, 1e-7)
    assert recipe.input_scale == "standard"
    long = paper(low, 0.5, steps=128_000)
    assert long.epochs * (long.steps or 0) == 128_000


@pytest.mark.parametrize("name", ["ucc-2plus", "ucc-sigmoid"])
def test_a_quick_training_ends_in_an_accuracy_a_bag(name: str) -> None:
    card = find_model(f"bs6207/{name}")
    data = card.view.of(load_dataset(card.dataset))
    recipe = card.recipe("quick", len(data.train))
    assert isinstance(recipe.task, Bags)
    history = fit(card.build(), data, recipe)
    assert history.steps[0].number == 0
    assert history.last.test_accuracy is not None
    assert (history.last.test_accuracy * 39) % 1 == pytest.approx(0, abs=1e-9)
    if recipe.task.alpha == 1:
        assert history.steps[0].loss == pytest.approx(1.0986, abs=0.05)
