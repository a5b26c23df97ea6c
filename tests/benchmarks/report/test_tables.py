import csv
import io
from typing import Any

import pytest

from benchmarks.report import as_csv, as_markdown, figures_of
from benchmarks.report.tables import cells, common, shown_columns
from benchmarks.schema import Results

from .conftest import MakeRun


def test_a_row_gathers_what_several_benchmarks_measured(two_runs: dict[str, Results]) -> None:
    figures = figures_of(two_runs)
    assert list(figures.run) == ["before"] * 3 + ["after"] * 3
    row = figures.iloc[0]
    assert (row.model, row.accuracy, row.train_seconds) == ("dat565/lenet", 0.9, 2.0)
    assert row.samples_per_second == 100
    assert row.peak_memory_bytes == 9  # the training's, not that of answering
    assert list(figures.outcome[:3]) == ["passed", "passed", "failed"]


def test_the_benchmark_devoted_to_a_figure_is_quoted(make_run: MakeRun) -> None:
    run = make_run(
        {"model": "dat565/lenet", "accuracy": 0.9, "train_seconds": 9.0},
        {"model": "dat565/lenet", "metric": "train_seconds", "train_seconds": 2.0},
    )
    (row,) = figures_of({"a": run}).to_dict("records")
    assert (row["train_seconds"], row["accuracy"]) == (2.0, 0.9)


def test_a_profile_is_in_its_models_row(make_run: MakeRun) -> None:
    run = make_run(
        {"model": "dat565/lenet", "accuracy": 0.9},
        {"model": "dat565/lenet", "metric": "product_share", "product_share": 0.57},
    )
    (row,) = figures_of({"a": run}).to_dict("records")
    assert (row["accuracy"], row["product_share"]) == (0.9, 0.57)


@pytest.mark.parametrize("other", [{"device": "cuda"}, {"seed": 1}, {"budget": "paper"}])
def test_other_circumstances_are_another_row(make_run: MakeRun, other: dict[str, Any]) -> None:
    one = {"model": "dat565/lenet", "accuracy": 0.9}
    assert len(figures_of({"a": make_run(one, one | other)})) == 2
    assert len(figures_of({"a": make_run(one, one)})) == 1


def test_a_csv_holds_every_column_and_digit(make_run: MakeRun) -> None:
    run = make_run({"model": "dat565/lenet", "accuracy": 0.123456789, "parameters": 36_038})
    (row,) = csv.DictReader(io.StringIO(as_csv(figures_of({"a": run}))))
    assert row["accuracy"] == "0.123456789"
    assert row["parameters"] == "36038"
    assert row["train_seconds"] == ""


def test_markdown_says_once_what_is_the_same_everywhere(two_runs: dict[str, Results]) -> None:
    text = as_markdown(figures_of(two_runs))
    first, _, head, rule, *rows = text.splitlines()
    assert (
        first == "In every row: device cpu, data embedded, data set digits, budget quick, seed 0."
    )
    assert head.startswith("| run | model | accuracy [95 %] | parameters |")
    assert rule.startswith("| --- | --- | ---: | ---: |")
    assert rows[0].startswith("| before | dat565/lenet | 0.9000 [0.8000, 1.0000] | 100 | 100 |")
    assert "| - |" in rows[1]


def test_where_all_rows_differ_nothing_is_common(make_run: MakeRun) -> None:
    run = make_run({"model": "dat565/lenet", "accuracy": 0.9})
    figures = figures_of({"a": run})
    assert "run a" in common(figures)
    assert "run" not in shown_columns(figures)
    assert cells(figures)[0][0] == ("dat565/lenet", "dat565/lenet")


def test_memory_and_the_share_of_the_peak_are_a_trainings(make_run: MakeRun) -> None:
    speed = {"metric": "samples_per_second", "samples_per_second": 9.0}
    measured = {"peak_memory_bytes": 7, "roofline_fraction": 0.5}
    run = make_run({"model": "jhu482/pentagons-threshold", **speed, **measured})
    assert figures_of({"a": run})[[*measured]].isna().all(axis=None)


def test_a_bar_in_a_name_breaks_no_table(make_run: MakeRun) -> None:
    run = make_run({"model": "dat565/lenet", "accuracy": 0.9})
    text = as_markdown(figures_of({"a|b": run, "c": run}))
    assert "| a\\|b | dat565/lenet |" in text
