"""What the report prints: tables of train and test accuracy, macro scores and timings."""

from reference_models.cards import ReportedFigure

HALF_A_PERCENT = 0.005
"""The report prints two decimals."""

_MACRO = ("macro_precision", "macro_recall", "macro_f1")
_OTHER_IMAGES = (
    "The data here is CIFAR-10 re-encoded as JPEG and sorted by class, so a fixed random order "
    "stands in for the first n images."
)
_TRAIN_HIDES = "The report's train figure includes the 10 % of images kept for validation."
_CLOCK = "Seconds of another machine: shown, never judged."

Scores = tuple[float, float, float]


def accuracies(
    arm: str, train: float | None, test: float, macro: Scores | None, note: str = ""
) -> list[ReportedFigure]:
    """An arm's row of the report: train and test accuracy, macro precision, recall and F1."""
    figures = [_figure("final_test_accuracy", test, arm, note or _OTHER_IMAGES)]
    if train is not None:
        figures.insert(0, _figure("all_train_accuracy", train, arm, _TRAIN_HIDES))
    if macro is not None:
        figures += [
            _figure(name, value, arm, "") for name, value in zip(_MACRO, macro, strict=True)
        ]
    return figures


def seconds(arm: str, value: float, note: str = "") -> ReportedFigure:
    """A training time that the report prints."""
    said = f"{_CLOCK} {note}".strip()
    return ReportedFigure("train_seconds", value, "table", arm=arm, note=said)


def step_milliseconds(arm: str, first: float, later: float) -> list[ReportedFigure]:
    """Milliseconds a step of the first epoch and of the later ones, as Keras prints them."""
    return [
        ReportedFigure(metric, value, "table", arm=arm, uncertainty=0.5, note=_CLOCK)
        for metric, value in (("first_step_milliseconds", first), ("step_milliseconds", later))
    ]


def _figure(metric: str, value: float, arm: str, note: str) -> ReportedFigure:
    return ReportedFigure(metric, value, "table", arm=arm, uncertainty=HALF_A_PERCENT, note=note)
