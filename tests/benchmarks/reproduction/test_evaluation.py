from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks.reproduction import evaluate_weights, reproduce, weights_file
from reference_models import find_experiment, find_model
from reference_models.data import load_dataset
from reference_models.errors import CheckpointError
from reference_models.weights import save_weights


def test_weights_that_a_reproduction_left_come_to_what_it_measured(tmp_path: Path) -> None:
    experiment = find_experiment("comp576/recurrent")
    (runs,) = reproduce(experiment, load_dataset, arms=["6 gru 32"], folder=tmp_path)
    path = weights_file(tmp_path, experiment.id, runs[0].arm, runs[0].seed)
    found = evaluate_weights(find_model("comp576/gru"), path, load_dataset("mnist"))
    assert found.setting == "6 gru 32"
    assert found.accuracy is not None
    assert found.accuracy.value == pytest.approx(runs[0].history.last.test_accuracy)
    for name, value in found.measures.items():
        assert value == pytest.approx(runs[0].figures[name], rel=1e-4)


def test_a_file_of_any_name_is_taken_for_the_models_own(tmp_path: Path) -> None:
    card = find_model("jhu482/autoencoder")
    save_weights(card.build(), tmp_path / "mine.safetensors")
    data = load_dataset(card.dataset)
    few = replace(data, test=data.test.take(torch.arange(50)))
    found = evaluate_weights(card, tmp_path / "mine.safetensors", few)
    assert found.setting is None
    assert found.accuracy is None  # a reconstruction is neither right nor wrong
    assert found.test_examples == 50
    assert found.loss > 0


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    save_weights(find_model("jhu482/cnn").build(), tmp_path / "cnn.safetensors")
    with pytest.raises(CheckpointError, match="another model"):
        evaluate_weights(
            find_model("comp576/gru"), tmp_path / "cnn.safetensors", load_dataset("mnist")
        )
