import numpy as np
import pytest

from reference_models import ReportedFigure
from reference_models.training import Epoch, History, Step
from reference_models.visualise import PictureError, curves


def _history(*accuracies: float) -> History:
    return History(
        tuple(
            Epoch(number, 1 / number, value - 0.1, 1.0, test_loss=2 / number, test_accuracy=value)
            for number, value in enumerate(accuracies, start=1)
        )
    )


def _lines(axes: object) -> list[tuple[list[float], list[float]]]:
    return [
        (list(line.get_xdata()), list(line.get_ydata()))
        for line in axes.get_lines()  # type: ignore[attr-defined]
        if len(line.get_xdata())
    ]


def test_one_model_has_test_and_train_curves_of_accuracy_and_loss() -> None:
    figure = curves({"net": [_history(0.5, 0.7, 0.8)]}, title="curves")
    accuracy, loss = figure.axes
    assert _lines(accuracy)[0] == ([1, 2, 3], [0.5, 0.7, 0.8])
    np.testing.assert_allclose(_lines(accuracy)[1][1], [0.4, 0.6, 0.7])
    assert _lines(loss)[1] == ([1, 2, 3], [1, 1 / 2, 1 / 3])
    assert (accuracy.get_xlabel(), accuracy.get_ylabel()) == ("epoch", "accuracy")
    assert [text.get_text() for text in loss.get_legend().get_texts()] == ["test", "train"]


def test_repeats_are_their_mean_in_a_band_from_least_to_most() -> None:
    figure = curves(
        {"a": [_history(0.2, 0.4), _history(0.4, 0.8)], "b": [_history(1, 1)]}, title=""
    )
    accuracy = figure.axes[0]
    np.testing.assert_allclose(_lines(accuracy)[0][1], [0.3, 0.6])
    (band,) = accuracy.collections
    corners = band.get_paths()[0].vertices
    assert corners[:, 1].min() == 0.2
    assert corners[:, 1].max() == 0.8


def test_arms_are_told_apart_by_colour_or_dashes() -> None:
    figure = curves({str(n): [_history(0.1, 0.2)] for n in range(15)}, title="")
    styles = {(str(line.get_color()), line.get_linestyle()) for line in figure.axes[0].get_lines()}
    assert len(styles) == 15


def test_a_single_epoch_is_drawn_by_its_steps() -> None:
    steps = tuple(Step(number, 2.0 - number / 10, 0.1 * number) for number in range(5))
    history = History((Epoch(1, 1.0, 0.5, 1.0),), steps)
    figure = curves({"net": [history]}, title="")
    assert _lines(figure.axes[1])[0] == ([0, 1, 2, 3, 4], [2.0, 1.9, 1.8, 1.7, 1.6])
    assert figure.axes[0].get_xlabel() == "optimiser step"


def test_reported_figures_are_rings_on_the_curve_they_belong_to() -> None:
    reported = (
        ReportedFigure("test_accuracy", 0.6, "figure", epoch=2, uncertainty=0.05),
        ReportedFigure("test_accuracy", 0.9, "text"),
        ReportedFigure("train_loss", 0.3, "text", epoch=1),
    )
    figure = curves({"net": [_history(0.5, 0.7)]}, title="", reported=reported)
    accuracy, loss = figure.axes
    (ring,) = accuracy.containers
    assert list(ring.lines[0].get_xydata()[0]) == [2, 0.6]
    names = [text.get_text() for text in loss.get_legend().get_texts()]
    assert names == ["test", "train", "reported"]
    assert len(loss.containers) == 1


def test_models_without_right_answers_have_loss_alone() -> None:
    history = History((Epoch(1, 1.0, None, 1.0, test_loss=0.5), Epoch(2, 0.5, None, 1.0)))
    (loss,) = curves({"net": [history]}, title="").axes
    assert loss.get_ylabel() == "loss"


@pytest.mark.parametrize(
    ("history", "reason"),
    [
        (History(), "no epoch has been trained"),
        (History((Epoch(1, 1.0, 0.5, 1.0),)), "one epoch and no logged steps make no curve"),
    ],
)
def test_nothing_to_draw_is_one_clear_error(history: History, reason: str) -> None:
    with pytest.raises(PictureError, match=reason):
        curves({"net": [history]}, title="")
