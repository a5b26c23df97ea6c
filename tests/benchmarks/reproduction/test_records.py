from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.errors import ResultsError
from benchmarks.reproduction import Conditions, Run, add_runs, read_records, runs_under

MakeRun = Callable[..., Run]


def test_runs_add_up_and_come_back_as_they_were(
    tmp_path: Path, conditions: Conditions, make_run: MakeRun
) -> None:
    path = tmp_path / "deep" / "reproduction.json"
    first, second = make_run("a", 1, 0.1, macro_f1=0.2), make_run("a", 2, 0.3)
    add_runs(path, conditions, [first])
    both = add_runs(path, conditions, [second])
    assert both.runs == (first, second)
    written = path.read_bytes()
    assert add_runs(path, conditions, [first]) == both  # nothing new: it was finished when it was
    assert path.read_bytes() == written
    assert runs_under(path, conditions) == (first, second)
    assert [each.runs for each in read_records(path)] == [(first, second)]


def test_a_run_made_again_takes_the_place_of_the_older(
    tmp_path: Path, conditions: Conditions, make_run: MakeRun
) -> None:
    path = tmp_path / "reproduction.json"
    for accuracy in (0.1, 0.9):
        add_runs(path, conditions, [make_run("a", 1, accuracy)])
    (run,) = runs_under(path, conditions)
    assert run.history.last.test_accuracy == 0.9


def test_other_conditions_are_kept_apart(
    tmp_path: Path, conditions: Conditions, make_run: MakeRun
) -> None:
    path = tmp_path / "reproduction.json"
    elsewhere = replace(conditions, device_name="another machine")
    add_runs(path, conditions, [make_run("a", 1, 0.1)])
    add_runs(path, elsewhere, [make_run("a", 1, 0.2)])
    assert len(read_records(path)) == 2
    assert runs_under(path, replace(conditions, torch="1")) == ()


@pytest.mark.parametrize("content", ["", "{", "[1]", '[{"conditions": {}}]', "7"])
def test_a_file_that_is_something_else_is_left_as_it_was(
    content: str, tmp_path: Path, conditions: Conditions, make_run: MakeRun
) -> None:
    path = tmp_path / "reproduction.json"
    path.write_text(content)
    with pytest.raises(ResultsError, match=r"reproduction\.json: is not a list of reproductions"):
        add_runs(path, conditions, [make_run("a", 1, 0.1)])
    assert path.read_text() == content
