from typing import Any

import pytest

from benchmarks.report import beside_other_loops, duels_of
from benchmarks.schema import Results

from .conftest import MakeRun


def duel(rival: str, ratio: float | None, **more: Any) -> dict[str, Any]:
    ends = {"speedup_low": ratio and ratio / 2, "speedup_high": ratio and ratio * 2}
    asked = {"model": "dat565/lenet", "metric": "speedup", "rival": rival}
    return {**asked, "speedup": ratio, **ends, **more}


@pytest.fixture
def rivals(make_run: MakeRun) -> Results:
    return make_run(
        duel("report-loop", 2.0),
        duel("tidy-loop", 1.25),
        duel("report-loop", 4.0, experiment="five decays"),
        duel("tidy-loop", 8.0, model="jhu482/cnn", outcome="failed"),
        {"model": "dat565/lenet", "accuracy": 0.9},
    )


def test_a_row_is_a_duel_that_was_measured(rivals: Results) -> None:
    table = duels_of({"now": rivals})
    assert table[["what", "rival", "value", "low", "high"]].to_numpy().tolist() == [
        ["dat565/lenet", "report-loop", 2.0, 1.0, 4.0],
        ["dat565/lenet", "tidy-loop", 1.25, 0.625, 2.5],
        ["five decays", "report-loop", 4.0, 2.0, 8.0],
        ["jhu482/cnn", "tidy-loop", 8.0, 4.0, 16.0],
    ]


def test_a_race_that_was_lost_is_in_the_table(make_run: MakeRun) -> None:
    (lost,) = duels_of({"now": make_run(duel("tidy-loop", None, outcome="failed"))}).itertuples()
    assert (lost.outcome, lost.value) == ("failed", None)


def test_a_row_of_the_picture_is_a_model_and_a_mark_a_rival(rivals: Results) -> None:
    (figure,) = beside_other_loops(duels_of({"now": rivals})).values()
    (axes,) = figure.axes
    figure.canvas.draw()
    assert [text.get_text() for text in axes.get_yticklabels()] == ["dat565/lenet", "five decays"]
    marks = {bar.get_label(): list(bar.lines[0].get_xdata()) for bar in axes.containers}  # type: ignore[attr-defined]
    assert marks == {"report-loop": [2.0, 4.0], "tidy-loop": [1.25]}


def test_runs_and_sources_are_told_apart(rivals: Results, make_run: MakeRun) -> None:
    real = make_run(duel("tidy-loop", 3.0, data="real", budget="paper"))
    (figure,) = beside_other_loops(duels_of({"a": rivals, "b": real})).values()
    (axes,) = figure.axes
    names = [text.get_text() for text in axes.get_yticklabels()]
    assert "dat565/lenet, embedded, quick" in names
    assert "dat565/lenet, real, paper" in names
    series = [bar.get_label() for bar in axes.containers]
    assert series == ["report-loop, a", "tidy-loop, a", "tidy-loop, b"]


def test_without_duels_that_held_there_is_no_picture(make_run: MakeRun) -> None:
    run = make_run(duel("tidy-loop", 2.0, outcome="failed"), duel("keras", None, outcome="failed"))
    assert beside_other_loops(duels_of({"now": run})) == {}
    assert beside_other_loops(duels_of({"now": make_run()})) == {}
