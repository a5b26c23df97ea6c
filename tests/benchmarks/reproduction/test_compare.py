from collections.abc import Callable

import pytest

from benchmarks.reproduction import Reproduction, Run, compare
from reference_models import Experiment, ReportedFigure

MakeRun = Callable[..., Run]
MakeResult = Callable[..., Reproduction]
MakeExperiment = Callable[..., Experiment]


def test_mean_and_deviation_are_over_an_arms_own_runs(
    make_run: MakeRun, make_result: MakeResult, make_experiment: MakeExperiment
) -> None:
    figures = [
        ReportedFigure("test_accuracy", 0.5, "table", arm="arm 0", repeat=kind)
        for kind in ("mean", "std")
    ]
    runs = [make_run("arm 0", i, value) for i, value in enumerate((0.4, 0.6), start=1)]
    result = make_result(*runs, make_run("arm 1", 1, 0.9))
    mean, deviation = compare(make_experiment(*figures, arms=2), result)
    assert (mean.ours, mean.runs) == (pytest.approx(0.5), 2)
    assert mean.low is not None
    assert mean.high is not None
    assert mean.low < 0.5 < mean.high
    assert deviation.ours == pytest.approx(0.1)  # population form, as the reports print it


def test_a_figure_of_a_repeat_stands_beside_all_our_runs_of_its_epoch(
    make_run: MakeRun, make_result: MakeResult, make_experiment: MakeExperiment
) -> None:
    figure = ReportedFigure("test_accuracy", 0.5, "figure", arm="arm 0", repeat=2, epoch=1)
    runs = [make_run("arm 0", i, 0.1 * i, 0.9) for i in (1, 2)]
    (row,) = compare(make_experiment(figure), make_result(*runs))
    assert (row.ours, row.runs) == (pytest.approx(0.15), 2)
    assert row.low is not None
    assert row.low < 0.15


@pytest.mark.parametrize(("metric", "value"), [("loss", 1.5), ("accuracy", 0.4)])
def test_a_figure_of_a_step_is_the_logged_one(
    metric: str,
    value: float,
    make_run: MakeRun,
    make_result: MakeResult,
    make_experiment: MakeExperiment,
) -> None:
    figure = ReportedFigure(metric, 9.0, "table", step=100)
    (row,) = compare(make_experiment(figure), make_result(make_run("arm 0", 1, 0.1)))
    assert row.ours == value


def test_a_measure_of_the_trained_model_is_taken_from_the_run(
    make_run: MakeRun, make_result: MakeResult, make_experiment: MakeExperiment
) -> None:
    figure = ReportedFigure("macro_f1", 0.5, "table")
    result = make_result(make_run("arm 0", 1, 0.1, macro_f1=0.7))
    assert compare(make_experiment(figure), result)[0].ours == 0.7


@pytest.mark.parametrize(
    "figure",
    [
        ReportedFigure("test_accuracy", 0.5, "figure", epoch=40),
        ReportedFigure("loss", 0.5, "figure", step=7),
        ReportedFigure("test_accuracy", 0.5, "figure", arm="arm 9"),
    ],
)
def test_what_was_never_reached_is_left_out(
    figure: ReportedFigure,
    make_run: MakeRun,
    make_result: MakeResult,
    make_experiment: MakeExperiment,
) -> None:
    assert compare(make_experiment(figure), make_result(make_run("arm 0", 1, 0.1))) == ()


def test_a_train_figure_of_one_run_has_no_interval_and_no_verdict(
    make_run: MakeRun, make_result: MakeResult, make_experiment: MakeExperiment
) -> None:
    figure = ReportedFigure("train_accuracy", 0.5, "figure")
    (row,) = compare(make_experiment(figure), make_result(make_run("arm 0", 1, 0.1)))
    assert (row.ours, row.low, row.high, row.agrees) == (0.5, None, None, None)


@pytest.mark.parametrize(
    ("reported", "agrees"), [(0.80, True), (0.84, True), (0.95, False), (0.60, False)]
)
def test_a_figure_agrees_if_another_run_might_have_come_to_it(
    reported: float,
    agrees: bool,
    make_run: MakeRun,
    make_result: MakeResult,
    make_experiment: MakeExperiment,
) -> None:
    figure = ReportedFigure("test_accuracy", reported, "table")
    runs = [make_run("arm 0", i, value) for i, value in enumerate((0.79, 0.80, 0.81), start=1)]
    (several,) = compare(make_experiment(figure), make_result(*runs))
    assert several.agrees is agrees
    (single,) = compare(make_experiment(figure), make_result(make_run("arm 0", 1, 0.8)))
    assert single.agrees is (agrees or None)


def test_a_figure_read_by_eye_has_its_uncertainty_to_spare(
    make_run: MakeRun, make_result: MakeResult, make_experiment: MakeExperiment
) -> None:
    runs = [make_run("arm 0", i, 0.8 + i / 1000) for i in (1, 2, 3)]
    read = [ReportedFigure("test_accuracy", 0.9, "figure", uncertainty=u) for u in (0.0, 0.1)]
    exact, vague = compare(make_experiment(*read), make_result(*runs))
    assert (exact.agrees, vague.agrees) == (False, True)


def test_another_machines_seconds_are_shown_and_never_judged(
    make_run: MakeRun, make_result: MakeResult, make_experiment: MakeExperiment
) -> None:
    figure = ReportedFigure("train_seconds", 48.0, "table")
    runs = [make_run("arm 0", i, 0.1, train_seconds=3.0) for i in (1, 2)]
    (row,) = compare(make_experiment(figure), make_result(*runs))
    assert (row.ours, row.low, row.agrees) == (3.0, None, None)
