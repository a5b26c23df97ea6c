from pathlib import Path

import pytest

from benchmarks.reproduction import arm_of, weights_file
from reference_models import experiments, find_experiment


def test_the_name_of_a_weights_file_tells_the_setting_it_was_left_by() -> None:
    experiment = find_experiment("comp576/recurrent")
    arm = next(each for each in experiment.arms if each.label == "8 gru 512")
    path = weights_file(Path("results"), experiment.id, arm.label, 7)
    assert arm_of(path, "comp576/gru") == arm
    assert arm_of(path, "comp576/lstm") is None
    assert arm_of(Path("mine.safetensors"), "comp576/gru") is None


def test_no_two_settings_of_a_model_leave_files_of_one_name() -> None:
    names = [
        (arm.model, weights_file(Path(), experiment.id, arm.label, 0))
        for experiment in experiments()
        for arm in experiment.arms
    ]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("label", ["a/b", "50 %", "17.7 % inside, rate 5"])
def test_a_label_with_odd_characters_stays_one_file_name(label: str) -> None:
    assert weights_file(Path("results"), "jhu482/cnn", label, 1).parent == Path("results/weights")
