import pandas as pd
import pytest
from matplotlib.figure import Figure

from benchmarks.report import figures_of, pictures
from benchmarks.report.pictures import pareto_front
from benchmarks.schema import Results

from .conftest import MakeRun


def words(figure: Figure) -> str:
    figure.canvas.draw()
    texts = [text.get_text() for text in figure.findobj(match=lambda one: hasattr(one, "get_text"))]
    return "\n".join(texts)


def test_every_picture_that_there_are_figures_for_is_drawn(two_runs: dict[str, Results]) -> None:
    drawn = pictures(figures_of(two_runs))
    assert list(drawn) == [
        *("accuracy-and-parameters", "accuracy-and-time", "training-time", "throughput"),
        "runs-against-the-first",
    ]
    both = words(drawn["accuracy-and-parameters"])
    assert "dat565, quick, embedded: digits" in both
    assert "jhu482, quick, embedded: digits" in both
    assert "lenet, before" in both
    assert "cnn, after (FAILED)" in both
    assert "after, cpu" in words(drawn["throughput"])


def test_scales_are_named_by_round_numbers(make_run: MakeRun) -> None:
    trained = {"metric": "train_seconds", "train_seconds": 0.3, "epochs": 1}
    answered = {"metric": "samples_per_second", "samples_per_second": 25_000.0}
    run = make_run({"model": "dat565/lenet", **trained}, {"model": "dat565/lenet", **answered})
    drawn = pictures(figures_of({"a": run}))
    for name, ticks in (("training-time", ["0.2", "0.5"]), ("throughput", ["20k", "50k"])):
        (axes,) = drawn[name].axes
        assert [text.get_text() for text in axes.get_xticklabels()] == ticks


def test_a_dot_that_covers_another_becomes_a_ring_round_it(two_runs: dict[str, Results]) -> None:
    axes, *_ = pictures(figures_of(two_runs))["accuracy-and-parameters"].axes
    dots = [line for line in axes.lines if line.get_marker() != "None"]
    before, after = [dot for dot in dots if list(dot.get_ydata()) == [0.9]][:2]  # of dat565/lenet
    assert (before.get_fillstyle(), after.get_fillstyle()) == ("full", "none")
    assert after.get_markersize() > before.get_markersize()


def test_of_one_run_none_is_set_against_another(make_run: MakeRun) -> None:
    run = make_run({"model": "cs7cs4/convolution", "metric": "parameters"})
    assert pictures(figures_of({"only": run})) == {}


def test_a_slower_run_is_left_of_1(two_runs: dict[str, Results]) -> None:
    answering, training = pictures(figures_of(two_runs))["runs-against-the-first"].axes
    assert list(answering.lines[0].get_xdata()) == [0.5]
    assert list(training.lines[0].get_xdata()) == [1.0]


def test_the_reports_figure_is_drawn_beside_ours(make_run: MakeRun) -> None:
    real = {"data": "real", "budget": "paper", "accuracy": 0.9, "reported": 0.95}
    drawn = pictures(figures_of({"a": make_run({"model": "dat565/lenet", **real})}))
    (axes,) = drawn["reported-and-reproduced"].axes
    assert any(list(line.get_xdata()) == [0.95] for line in axes.lines)


def test_how_long_it_took_to_the_reports_accuracy_has_a_range(make_run: MakeRun) -> None:
    reached = {
        "metric": "reach_seconds",
        "target_accuracy": 0.9,
        "runs": 10,
        "runs_reached": 9,
        "reach_seconds": 2.0,
        "reach_seconds_low": 1.0,
        "reach_seconds_high": 4.0,
    }
    drawn = pictures(figures_of({"a": make_run({"model": "dat565/lenet", **reached})}))
    (axes,) = drawn["time-to-accuracy"].axes
    assert list(axes.lines[0].get_xdata()) == [2.0]
    ((start, end),) = axes.collections[0].get_segments()  # type: ignore[attr-defined]
    assert (start.tolist(), end.tolist()) == ([1.0, 0.0], [4.0, 0.0])


@pytest.mark.parametrize(
    ("sizes", "accuracies", "front"),
    [
        ([1, 2, 3], [0.5, 0.4, 0.6], [1, 3]),
        ([2, 2, 1], [0.5, 0.6, 0.1], [1, 2]),
        ([5], [0.0], [5]),
        ([1, 2], [0.5, 0.5], [1]),
    ],
)
def test_nothing_smaller_beats_what_is_on_the_front(
    sizes: list[int], accuracies: list[float], front: list[int]
) -> None:
    part = pd.DataFrame({"parameters": sizes, "accuracy": accuracies})
    assert list(pareto_front(part).parameters) == front


@pytest.mark.parametrize("name", ["cost$1_vs_$2", "_hidden"])
def test_a_run_is_called_what_its_file_is(two_runs: dict[str, Results], name: str) -> None:
    runs = {name: two_runs["before"], "after": two_runs["after"]}
    for figure in pictures(figures_of(runs)).values():
        assert name in words(figure).replace("\\$", "$")


def test_budgets_are_never_in_one_panel(make_run: MakeRun) -> None:
    one = {"model": "dat565/lenet", "accuracy": 0.9}
    figure = pictures(figures_of({"a": make_run(one, one | {"budget": "paper"})}))
    panels = [axes.get_title() for axes in figure["accuracy-and-parameters"].axes]
    assert panels == ["dat565, paper, embedded: digits", "dat565, quick, embedded: digits"]
