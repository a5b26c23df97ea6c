from collections.abc import Callable

import pytest

from benchmarks.reproduction import Reproduction, Run, figure_name, page
from reference_models import ReportedFigure, experiments, find_experiment

MakeRun = Callable[..., Run]
MakeResult = Callable[..., Reproduction]


def test_every_reported_figure_has_a_row_even_unmeasured() -> None:
    text = page(experiments(), [])
    for experiment in experiments():
        section = text.split(f"### `{experiment.id}`")[1].split("###")[0]
        assert section.count("| not measured |") == len(experiment.reported)


def test_a_measured_figure_stands_beside_the_reported_one(
    make_run: MakeRun, make_result: MakeResult
) -> None:
    chosen = find_experiment("dat565/dense-curves")
    runs = [make_run("raw pixels", n, *[0.5] * 9, 0.944 + n / 1e4) for n in (1, 2, 3)]
    text = page([chosen], [make_result(*runs)])
    row = next(line for line in text.splitlines() if "test accuracy, epoch 10" in line)
    assert "| 0.9440 ± 0.003 | 0.9442 |" in row
    assert "| 3 | yes |" in row
    assert "abacus" in text


def test_a_figure_on_other_data_is_not_set_beside_the_report(
    make_run: MakeRun, make_result: MakeResult
) -> None:
    from dataclasses import replace

    result = make_result(make_run("raw pixels", 1, *[0.944] * 10))
    embedded = replace(result, conditions=replace(result.conditions, data="embedded"))
    text = page([find_experiment("dat565/dense-curves")], [embedded])
    assert "0.9440 |" not in text.replace("0.9440 ± 0.003 |", "")
    assert "Not measured yet" in text


@pytest.mark.parametrize(
    ("figure", "name"),
    [
        (ReportedFigure("test_accuracy", 0.5, "text"), "test accuracy"),
        (ReportedFigure("loss", 0.5, "text", arm="a", step=0), "a, loss, step 0"),
        (
            ReportedFigure("test_accuracy", 0.5, "text", "a", 2, 7),
            "a, test accuracy, epoch 7, run 2",
        ),
        (ReportedFigure("test_accuracy", 0.5, "text", "a", "std"), "a, test accuracy, std"),
    ],
)
def test_a_figure_is_called_by_all_that_tells_it_apart(figure: ReportedFigure, name: str) -> None:
    assert figure_name(figure) == name
