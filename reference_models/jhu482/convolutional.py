"""Question 2: a small CNN on FashionMNIST, and the same with batch normalisation and dropout.

The report names neither optimiser nor batch; Adam at 1e-3 and batches of 64 end where it does. What
it prints as training loss is an epoch's last mini-batch, 32 images, so that it does not fall
steadily.
"""

from collections import OrderedDict
from dataclasses import replace
from functools import partial

from torch import nn

from reference_models.cards import Arm, Budget, Experiment, ModelCard, ReportedFigure
from reference_models.training.recipes import Recipe

_PLAIN, _IMPROVED = "jhu482/cnn", "jhu482/cnn-batchnorm"
_STEPS = 938
"""Updates in an epoch of FashionMNIST's 60,000 images, 64 at a time; the last has 32."""


class SmallCNN(nn.Sequential):
    """Three convolutions with pools and a dense layer; `improved` adds norms and a dropout.

    Input `(batch, 1, 28, 28)`, output logits `(batch, 10)`; torch's default initialisation. The
    dropout, at 0.2, lies between the third ReLU and its pool, as in the report.
    """

    def __init__(self, *, improved: bool = False) -> None:
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        shapes = ((1, 4, 3, 1), (4, 8, 4, 2), (8, 16, 5, 3))
        for number, (seen, given, kernel, padding) in enumerate(shapes, start=1):
            layers[f"conv{number}"] = nn.Conv2d(seen, given, kernel, padding=padding)
            if improved:
                layers[f"norm{number}"] = nn.BatchNorm2d(given)
            layers[f"relu{number}"] = nn.ReLU()
            if improved and number == len(shapes):
                layers["dropout"] = nn.Dropout(0.2)
            layers[f"pool{number}"] = nn.MaxPool2d(2)  # to 14, 7 and 4 pixels a side
        layers["flatten"] = nn.Flatten()
        layers["output"] = nn.Linear(256, 10)
        super().__init__(layers)


_PAPER = Recipe(epochs=10, batch_size=64, learning_rate=1e-3, input_scale="unit", optimiser="adam")
_RECIPES: dict[Budget, Recipe] = {
    "quick": replace(_PAPER, epochs=4, batch_size=32, learning_rate=5e-3),
    "paper": _PAPER,
}
_LOGGED = replace(_PAPER, log_every=_STEPS, log_after_update=True)

_LOSSES = {
    _PLAIN: (0.3891, 0.3929, 0.4511, 0.3956, 0.5119, 0.2411, 0.3229, 0.2086, 0.3700, 0.3525),
    _IMPROVED: (0.5951, 0.3648, 0.2870, 0.2950, 0.3155, 0.4100, 0.1763, 0.2107, 0.2153, 0.2289),
}
_ACCURACIES = {_PLAIN: 0.8769, _IMPROVED: 0.8969}
_LABELS = {_PLAIN: "CNN", _IMPROVED: "CNN, batch norm and dropout"}
_ONE_BATCH = "The loss of one batch of 32 images; ours is the same batch's after its update"
_NOTES = {
    _PLAIN: f"{_ONE_BATCH}.",
    _IMPROVED: f"{_ONE_BATCH}, in evaluation mode, where the report's has dropout.",
}


def _figures(model: str) -> tuple[ReportedFigure, ...]:
    label = _LABELS[model]
    losses = (
        ReportedFigure("loss", loss, "text", label, step=_STEPS * epoch, note=_NOTES[model])
        for epoch, loss in enumerate(_LOSSES[model], start=1)
    )
    accuracy = ReportedFigure(
        "test_accuracy",
        _ACCURACIES[model],
        "text",
        label,
        note="A single run; optimiser and batch size are not stated, Adam and 64 are assumed.",
    )
    return (*losses, accuracy)


def _card(model: str, title: str, section: str, parameters: int) -> ModelCard:
    return ModelCard(
        id=model,
        title=title,
        section=section,
        module=partial(SmallCNN, improved=model == _IMPROVED),
        input_shape=(1, 28, 28),
        classes=10,
        parameters=parameters,
        dataset="fashion-mnist",
        recipes=_RECIPES,
        reported=ReportedFigure("test_accuracy", _ACCURACIES[model], "text"),
    )


MODELS = (
    _card(_PLAIN, "CNN 4-8-16", "Question 2(b)", 6_346),
    _card(_IMPROVED, "CNN 4-8-16 with batch norm and dropout", "Question 2(d)", 6_402),
)

EXPERIMENTS = (
    Experiment(
        id="jhu482/cnn",
        title="A small CNN, and what batch normalisation and dropout add",
        section="Question 2",
        arms=tuple(Arm(_LABELS[model], model, _LOGGED) for model in _LABELS),
        reported=tuple(figure for model in _LABELS for figure in _figures(model)),
        notes="The report ablates neither addition: its gain of two points is one run of each.",
    ),
)
