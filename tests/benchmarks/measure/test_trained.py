from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from benchmarks.errors import MeasurementError
from benchmarks.measure import measure_trained
from reference_models import find_model
from reference_models.data import Dataset, Split

_CARD = replace(find_model("dat565/dense-64-64"), recipes={})


class _FirstPixel(nn.Module):
    """Answers the class that the first pixel names."""

    def forward(self, images: Tensor) -> Tensor:
        return nn.functional.one_hot(images[:, 0, 0, 0].long(), 3).float()


def _split(answers: list[int], truths: list[int]) -> Split:
    images = torch.zeros(len(answers), 1, 2, 2, dtype=torch.uint8)
    images[:, 0, 0, 0] = torch.tensor(answers)
    return Split(images, torch.tensor(truths))


# truth against answer: class 0 is 3 + 1 + 0, class 1 is 1 + 1 + 0, class 2 is 2 + 0 + 0
_TEST = _split([0, 0, 0, 1, 0, 1, 0, 0], [0, 0, 0, 0, 1, 1, 2, 2])
_TRAIN = _split([0, 1, 2, 0], [0, 1, 2, 1])
_HELD = _split([1, 1], [0, 2])


@pytest.fixture
def data() -> Dataset:
    return Dataset("toy", "embedded", "toy", tuple("abc"), "toy", _TRAIN, _TEST, _HELD)


def _measure(name: str, data: Dataset) -> float:
    return measure_trained(name, _FirstPixel(), data, _CARD, None)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # answered 0 six times, three of them rightly; 1 twice, once rightly; 2 never
        ("macro_precision", (3 / 6 + 1 / 2 + 0) / 3),
        ("macro_recall", (3 / 4 + 1 / 2 + 0 / 2) / 3),
        ("macro_f1", (2 * 3 / (6 + 4) + 2 * 1 / (2 + 2) + 0) / 3),
        ("final_test_accuracy", 4 / 8),
    ],
)
def test_test_scores_are_those_of_the_confusion_matrix(
    name: str, expected: float, data: Dataset
) -> None:
    assert _measure(name, data) == pytest.approx(expected)


def test_train_accuracy_counts_the_images_kept_for_validation(data: Dataset) -> None:
    assert _measure("all_train_accuracy", data) == 3 / 6
    assert _measure("all_train_accuracy", replace(data, validation=None)) == 3 / 4


def test_train_accuracy_is_measured_without_dropout(data: Dataset) -> None:
    model = nn.Sequential(_FirstPixel(), nn.Dropout(1.0)).train()
    assert measure_trained("all_train_accuracy", model, data, _CARD, None) == 3 / 6
    assert model.training


def test_an_unknown_measure_is_refused_with_those_there_are(data: Dataset) -> None:
    with pytest.raises(MeasurementError, match="'macro_f2'; there are: all_train_accuracy, "):
        _measure("macro_f2", data)
