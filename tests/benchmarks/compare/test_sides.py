import json
from pathlib import Path
from typing import get_args

import pytest

from benchmarks.compare import load_side
from benchmarks.compare.comparing import _CONDITIONS
from benchmarks.compare.sides import _LEFT_OUT
from benchmarks.errors import ResultsError
from benchmarks.schema import Metric

from .conftest import MakeRun


def test_a_folder_holds_runs_with_other_seeds(make_run: MakeRun, tmp_path: Path) -> None:
    for seed in range(3):
        run = make_run({"model": "dat565/lenet", "accuracy": 0.9, "seed": seed, "rounds": [1, 2]})
        (tmp_path / f"{seed}.json").write_text(run.model_dump_json())
    (tmp_path / "notes.txt").write_text("not a run")
    ((key, measured),) = load_side(tmp_path).items()
    assert key == ("accuracy", "dat565/lenet", "cpu", None)
    assert [one.info.seed for one in measured] == [0, 1, 2]
    assert measured[0].rounds == (1, 2)
    assert load_side(tmp_path / "1.json")[key][0].info.seed == 1


def test_older_files_have_no_rounds(make_run: MakeRun, tmp_path: Path) -> None:
    run = json.loads(make_run({"model": "dat565/lenet"}).model_dump_json())
    del run["benchmarks"][0]["stats"]["data"]
    (tmp_path / "old.json").write_text(json.dumps(run))
    ((measured,),) = load_side(tmp_path / "old.json").values()
    assert measured.rounds == (1.0,)


def test_duels_are_no_figures_of_a_model(make_run: MakeRun, tmp_path: Path) -> None:
    duel = {"speedup": 2.0, "speedup_low": 1.5, "speedup_high": 3.0, "rival": "tidy-loop"}
    run = make_run({"model": "dat565/lenet", "metric": "speedup", **duel})
    (tmp_path / "duel.json").write_text(run.model_dump_json())
    assert load_side(tmp_path) == {}


def test_times_to_an_accuracy_are_left_out(make_run: MakeRun, tmp_path: Path) -> None:
    reached = {"reach_seconds": 2.0, "target_accuracy": 0.9, "runs": 10, "runs_reached": 10}
    run = make_run({"model": "dat565/lenet", "metric": "reach_seconds", **reached})
    (tmp_path / "run.json").write_text(run.model_dump_json())
    assert load_side(tmp_path) == {}


def test_every_metric_can_be_compared_or_is_left_out(make_run: MakeRun, tmp_path: Path) -> None:
    profiled = {"metric": "product_share", "product_share": 0.5}
    run = make_run({"model": "dat565/lenet", **profiled})
    (tmp_path / "run.json").write_text(run.model_dump_json())
    assert load_side(tmp_path) == {}
    assert set(get_args(Metric)) == {*_CONDITIONS, *_LEFT_OUT}


def test_speeds_at_several_batch_sizes_are_several_figures(
    make_run: MakeRun, tmp_path: Path
) -> None:
    one = {"model": "dat565/lenet", "metric": "samples_per_second", "samples_per_second": 9.0}
    run = make_run(*(one | {"batch_size": size} for size in (1, 16)))
    (tmp_path / "run.json").write_text(run.model_dump_json())
    assert [key.batch_size for key in load_side(tmp_path)] == [1, 16]


def test_an_empty_folder_and_a_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="has no benchmark JSON in it"):
        load_side(tmp_path)
    with pytest.raises(ResultsError, match="cannot be read: No such file"):
        load_side(tmp_path / "gone.json")
