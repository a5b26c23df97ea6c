"""Measures of a trained model that no training history holds, by the names the reports' have."""

from collections.abc import Callable

from torch import Tensor, nn

from benchmarks.errors import MeasurementError
from benchmarks.measure.activations import activations_of
from benchmarks.measure.clustering import kmeans_accuracy, spectral_accuracy
from benchmarks.measure.divergence import features_of, min_js, ucc_accuracy
from reference_models import ModelCard
from reference_models.data import Dataset, InputScale, Split
from reference_models.training import Recipe, Task, evaluate, predict

Measure = Callable[["Subject"], float]


class Subject:
    """A trained model with its data, and how to ask it."""

    def __init__(
        self, model: nn.Module, data: Dataset, card: ModelCard, recipe: Recipe | None
    ) -> None:
        self.model = model
        self.data = data
        self.card = card
        self.task: Task = recipe.task if recipe else card.task
        self.scale: InputScale = recipe.input_scale if recipe else card.input_scale

    def accuracy(self, *splits: Split | None) -> float:
        """The accuracy over all samples of `splits`, in evaluation mode."""
        scores = [evaluate(self.model, split, self.scale, self.task) for split in splits if split]
        return sum(each.right or 0 for each in scores) / sum(each.examples for each in scores)


def measure_trained(
    name: str, model: nn.Module, data: Dataset, card: ModelCard, recipe: Recipe | None
) -> float:
    """Return the measure called `name` of a trained `model`; MeasurementError for no such name."""
    if name not in _MEASURES:
        raise MeasurementError(f"no measure is called '{name}'; there are: {', '.join(_MEASURES)}")
    return _MEASURES[name](Subject(model, data, card, recipe))


def _report_train_accuracy(subject: Subject) -> float:
    """On all training images, those kept for validation included, as CS7CS4's report has it."""
    return subject.accuracy(subject.data.train, subject.data.validation)


def _fit_accuracy(subject: Subject) -> float:
    return subject.accuracy(subject.data.train)


def _final_test_accuracy(subject: Subject) -> float:
    return subject.accuracy(subject.data.test)


def _macro(position: int) -> Measure:
    """Precision, recall or F1 on the test split, each class weighing the same."""

    def measure(subject: Subject) -> float:
        from sklearn.metrics import precision_recall_fscore_support  # takes a second

        test = subject.data.test
        logits = predict(subject.model, test.inputs, subject.scale, task=subject.task)
        figures = precision_recall_fscore_support(
            test.labels.cpu().numpy(),
            logits.argmax(1).cpu().numpy(),
            average="macro",
            zero_division=0,
        )
        return float(figures[position])

    return measure


def _activation(layer: int, statistic: str) -> Measure:
    """A statistic of the layer's activations on the test images, before any pooling."""

    def measure(subject: Subject) -> float:
        pixels = subject.data.test.inputs
        found = activations_of(subject.model, f"activation{layer}", pixels, subject.scale)
        return float(getattr(found, statistic))

    return measure


def _ucc_accuracy(subject: Subject) -> float:
    """Of the bags that the authors' test protocol asks about."""
    return ucc_accuracy(subject.model, subject.data.test, subject.scale, subject.task)


def _of_features(figure: Callable[[Tensor, Tensor], float]) -> Measure:
    """A figure of the features that the test images have, in three decimals as they were saved."""

    def measure(subject: Subject) -> float:
        test = subject.data.test
        features = features_of(subject.model, test.inputs, subject.scale).cpu()
        return figure(features.mul(1000).round().div(1000), test.labels.cpu())

    return measure


_STATISTICS = ("mean", "variance", "min", "max", "std", "saturated")

_MEASURES: dict[str, Measure] = {
    "all_train_accuracy": _report_train_accuracy,
    "fit_accuracy": _fit_accuracy,
    "final_test_accuracy": _final_test_accuracy,
    "macro_precision": _macro(0),
    "macro_recall": _macro(1),
    "macro_f1": _macro(2),
    **{f"layer{n}_{name}": _activation(n, name) for n in (1, 2) for name in _STATISTICS},
    "ucc_accuracy": _ucc_accuracy,
    "min_js": _of_features(min_js),
    "clustering_accuracy": _of_features(kmeans_accuracy),
    "spectral_accuracy": _of_features(spectral_accuracy),
}
