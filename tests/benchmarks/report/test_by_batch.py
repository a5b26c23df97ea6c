import pytest

from benchmarks.report import by_batch, figures_of, speeds_by_batch
from benchmarks.schema import Results

from .conftest import MakeRun


@pytest.fixture
def thorough(make_run: MakeRun) -> Results:
    return make_run(
        *(
            {
                "model": model,
                "metric": "batch_samples_per_second",
                "batch_size": size,
                "samples_per_second": 100.0 * size,
            }
            for model in ("dat565/lenet", "jhu482/cnn")
            for size in (16, 1)
        ),
        {
            "model": "dat565/lenet",
            "metric": "training_samples_per_second",
            "batch_size": 16,
            "training_samples_per_second": 40.0,
        },
        {"model": "dat565/lenet", "metric": "samples_per_second", "samples_per_second": 9.0},
    )


def test_a_row_is_a_size_and_a_way(thorough: Results) -> None:
    table = speeds_by_batch({"now": thorough})
    assert len(table) == 5
    learning = table[table.way == "learning"]
    assert learning[["model", "batch_size", "speed"]].to_numpy().tolist() == [
        ["dat565/lenet", 16, 40.0]
    ]


def test_a_course_has_a_row_of_panels_and_a_model_a_line(thorough: Results) -> None:
    (figure,) = by_batch(speeds_by_batch({"now": thorough})).values()
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == [
        *("dat565, answering", "dat565, learning"),
        *("jhu482, answering", "jhu482, learning"),
    ]
    figure.canvas.draw()
    assert [[text.get_text() for text in axes.texts] for axes in figure.axes] == [
        *([], [], []),
        ["not measured"],
    ]
    (line,) = figure.axes[0].lines
    assert (list(line.get_xdata()), list(line.get_ydata())) == ([1, 16], [100.0, 1600.0])


def test_the_speed_of_a_batch_of_one_is_not_quoted_as_the_models(make_run: MakeRun) -> None:
    one = {"model": "dat565/lenet", "metric": "batch_samples_per_second", "batch_size": 1}
    run = make_run(one | {"samples_per_second": 5.0})
    assert figures_of({"now": run}).samples_per_second.isna().all()


def test_several_runs_are_told_apart(thorough: Results) -> None:
    (figure,) = by_batch(speeds_by_batch({"a": thorough, "_b$": thorough})).values()
    assert [line.get_label() for line in figure.axes[0].lines] == ["lenet, a", r"lenet, _b\$"]


def test_without_batches_there_is_no_picture(two_runs: dict[str, Results]) -> None:
    assert by_batch(speeds_by_batch(two_runs)) == {}
