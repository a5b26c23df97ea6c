"""The suite itself, run as a user runs it: in a process of its own, from the command line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import reference_models
from benchmarks.schema import ExtraInfo, load, validate
from reference_models.data.roots import DATA_VARIABLE

PROJECT = Path(reference_models.__file__).parents[1]


def run_suite(out: Path, *arguments: str) -> str:
    """Run the suite on the CPU, write its JSON to `out` and return what it printed."""
    idle = ["-p", "no:cacheprovider", "-p", "no:hypothesispytest"]
    command = [sys.executable, "-m", "pytest", *idle, "benchmarks"]
    options = ["-p", "benchmarks.short_options", "--device=cpu", f"--benchmark-json={out}"]
    done = subprocess.run(
        [*command, *options, *arguments], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def figures(out: Path) -> dict[str, ExtraInfo]:
    return {
        benchmark.name.partition("[")[0]: benchmark.extra_info for benchmark in load(out).benchmarks
    }


def test_a_quick_run_fills_a_valid_json_and_prints_what_it_found(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    printed = run_suite(out, "-k", "dense-64-64")
    assert validate(out) == 4
    measured = figures(out)
    assert {info.outcome for info in measured.values()} == {"passed"}
    assert {info.reported for info in measured.values()} == {None}
    assert measured["test_parameters"].parameters == 55_050
    assert measured["test_accuracy"].test_samples == 500
    assert measured["test_accuracy"].accuracy == measured["test_training_time"].accuracy
    assert measured["test_throughput"].samples_per_second is not None
    assert "test_accuracy[dat565/dense-64-64-cpu]" in printed
    assert "embedded: scikit-learn digits" in printed


def test_a_thorough_run_measures_speeds_at_several_batch_sizes(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    chosen = "dense-64-64 and (64-16 or 64-128 or time_to_accuracy)"
    printed = run_suite(out, "-m", "thorough", "-k", chosen, "-rs")
    assert "a report's accuracy is a target with --data real --budget paper alone" in printed
    infos = [one.extra_info for one in load(out).benchmarks]
    assert [info.batch_size for info in infos] == [16, 128] * 2
    assert all(info.samples_per_second for info in infos[:2])
    assert {info.metric for info in infos[:2]} == {"batch_samples_per_second"}
    assert all(info.training_samples_per_second for info in infos[2:])
    assert {info.outcome for info in infos} == {"passed"}


@pytest.mark.realdata
@pytest.mark.skipif(DATA_VARIABLE not in os.environ, reason=f"{DATA_VARIABLE} is not set")
def test_the_report_s_recipe_on_the_report_s_data_comes_close_to_its_figure(
    tmp_path: Path,
) -> None:
    out = tmp_path / "out.json"
    run_suite(out, "-k", "test_accuracy and dense-64-64", "--data=real", "--budget=paper")
    info = figures(out)["test_accuracy"]
    assert (info.data, info.dataset, info.test_samples) == ("real", "MNIST", 10_000)
    assert info.reported == 0.944
    assert info.accuracy == pytest.approx(info.reported, abs=0.02)
