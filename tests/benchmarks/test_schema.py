import json
from collections.abc import Callable
from math import inf, nan
from pathlib import Path
from typing import Any

import pytest

from benchmarks import schema
from benchmarks.errors import ResultsError
from benchmarks.schema import json_schema, load, validate

EXTRA_INFO = {
    "metric": "accuracy",
    "model": "dat565/dense-64-64",
    "assignment": "dat565",
    "data": "real",
    "dataset": "MNIST",
    "data_key": "abc",
    "budget": "paper",
    "device": "cpu",
    "device_name": "Abacus 9000",
    "dtype": "float32",
    "seed": 0,
    "parameters": 55_050,
    "flops_per_sample": 109_824,
    "accuracy": 0.94,
    "accuracy_low": 0.93,
    "accuracy_high": 0.95,
    "test_samples": 10_000,
    "train_seconds": 12.5,
    "epochs": 10,
    "batch_size": 256,
    "samples_per_second": None,
    "warmup_seconds": 0.1,
    "peak_memory_bytes": 400_000_000,
    "roofline_fraction": 0.2,
    "reported": 0.944,
    "outcome": "passed",
}

Change = Callable[[dict[str, Any]], object]


def document() -> dict[str, Any]:
    """A benchmark JSON with two benchmarks, as pytest-benchmark would write it."""
    stats = {"rounds": 1, "min": 12.5, "max": 12.5, "mean": 12.5, "median": 12.5, "ops": 0.08}
    entries = [
        {
            "name": f"test_accuracy[{number}]",
            "fullname": f"benchmarks/test_accuracy.py::test_accuracy[{number}]",
            "group": None,
            "stats": dict(stats),
            "extra_info": dict(EXTRA_INFO),
        }
        for number in ("one", "two")
    ]
    machine = {
        "node": "here",
        "cpu_model": "Abacus 9000",
        "cores": 2,
        "threads": 2,
        "torch": "2.11.0",
        "cuda": None,
        "cuda_device": None,
        "cuda_driver": None,
    }
    return {
        "machine_info": machine,
        "commit_info": {},
        "benchmarks": entries,
        "datetime": "2026-01-01T00:00:00+00:00",
        "version": "5.2.0",
    }


@pytest.fixture
def results(tmp_path: Path) -> Callable[[object], Path]:
    """Write text as it is, or anything else as JSON, and return where."""

    def write(content: object) -> Path:
        path = tmp_path / "out.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


def test_a_good_file_is_counted(results: Callable[[object], Path]) -> None:
    path = results(document())
    assert validate(path) == 2
    assert load(path).benchmarks[1].extra_info.train_seconds == 12.5


def second(**changes: object) -> Change:
    """Change the figures of the second benchmark."""
    return lambda whole: whole["benchmarks"][1]["extra_info"].update(changes)


@pytest.mark.parametrize(
    "change",
    [
        second(rival="report-loop, any recipe", target_loss=0.07, runs=5, runs_reached=3),
        second(rival="tidy-loop", speedup=2.0, speedup_low=1.5, speedup_high=2.5),
    ],
)
def test_a_race_may_be_lost_or_won(results: Callable[[object], Path], change: Change) -> None:
    whole = document()
    change(whole)
    assert validate(results(whole)) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            second(accuracy=1.2),
            r"'test_accuracy\[two\]': extra_info\.accuracy: .*less than or equal to 1",
        ),
        (second(accuracy="0.9"), r"'test_accuracy\[two\]': extra_info\.accuracy: .*valid number"),
        (second(accuracy_low=0.945), r"\[two\]': extra_info: accuracy: lies outside accuracy_low"),
        (second(accuracy_high=0.93), r"\[two\]': extra_info: accuracy: lies outside accuracy_low"),
        (second(test_samples=None), r"\[two\]': extra_info: test_samples: counts what"),
        (second(accuracy=None), r"\[two\]': extra_info: accuracy: needs accuracy_low"),
        (second(train_seconds=0), r"\[two\]': extra_info\.train_seconds: .*greater than 0"),
        (second(epochs=None), r"\[two\]': extra_info: train_seconds: needs epochs"),
        (second(epochs=2.5), r"\[two\]': extra_info\.epochs: .*valid integer"),
        (second(parameters=-1), r"\[two\]': extra_info\.parameters: "),
        (second(parameters=True), r"\[two\]': extra_info\.parameters: "),
        (second(data="embedded"), r"\[two\]': extra_info: reported: a figure on embedded data"),
        (second(budget="quick"), r"\[two\]': extra_info: reported: .*the paper's budget"),
        (
            second(assignment="bs6207"),
            r"\[two\]': extra_info: assignment: not the first half of model",
        ),
        (second(model="LeNet"), r"\[two\]': extra_info\.model: .*pattern"),
        (second(outcome="ok"), r"\[two\]': extra_info\.outcome: .*'passed' or 'failed'"),
        (
            second(speedup=2.0, speedup_low=1.9, speedup_high=2.1),
            r"\[two\]': extra_info: speedup: needs rival",
        ),
        (
            second(speedup_low=1.9, speedup_high=2.1, rival="plain"),
            r"\[two\]': extra_info: speedup: needs speedup_low and speedup_high, or neither",
        ),
        (
            second(speedup=2.0, speedup_low=2.05, speedup_high=2.1, rival="plain"),
            r"\[two\]': extra_info: speedup: lies outside",
        ),
        (second(acuracy=0.9), r"\[two\]': extra_info\.acuracy: Extra inputs"),
        (
            lambda whole: whole["benchmarks"][0]["extra_info"].pop("device"),
            r"'test_accuracy\[one\]': extra_info\.device: Field required",
        ),
        (
            lambda whole: whole["benchmarks"][0].pop("extra_info"),
            r"'test_accuracy\[one\]': extra_info: Field required",
        ),
        (
            lambda whole: whole["benchmarks"][0]["stats"].update(rounds=0),
            r"'test_accuracy\[one\]': stats\.rounds: ",
        ),
        (lambda whole: whole["benchmarks"][1].pop("name"), r"benchmark number 1: name: Field req"),
        (lambda whole: whole["benchmarks"].append(3), r"benchmark number 2: "),
        (lambda whole: whole["machine_info"].pop("threads"), r"machine_info\.threads: Field req"),
        (lambda whole: whole.pop("benchmarks"), r"benchmarks: Field required"),
        (lambda whole: whole.update(benchmarks=None), r"benchmarks: .*valid list"),
    ],
)
def test_a_broken_rule_is_named_with_its_benchmark_and_field(
    results: Callable[[object], Path], change: Change, message: str
) -> None:
    whole = document()
    change(whole)
    with pytest.raises(ResultsError, match=message) as raised:
        validate(results(whole))
    assert "out.json: " in str(raised.value)
    assert "\n" not in str(raised.value)


def test_several_complaints_are_counted(results: Callable[[object], Path]) -> None:
    whole = document()
    second(seed="zero", epochs=0)(whole)
    with pytest.raises(ResultsError, match=r"\(and 1 more\)"):
        validate(results(whole))


@pytest.mark.parametrize("poison", [nan, inf, -inf])
def test_what_only_python_reads_is_not_json(
    results: Callable[[object], Path], poison: float
) -> None:
    whole = document()
    second(accuracy=poison)(whole)
    with pytest.raises(ResultsError, match=r"(NaN|Infinity) is not JSON"):
        validate(results(whole))


def test_a_number_too_large_to_be_finite_is_refused(results: Callable[[object], Path]) -> None:
    text = json.dumps(document()).replace("12.5", "1e999")
    with pytest.raises(ResultsError, match="finite number"):
        validate(results(text))


@pytest.mark.parametrize("text", ["", " \n"])
def test_an_empty_file_is_called_empty(results: Callable[[object], Path], text: str) -> None:
    with pytest.raises(ResultsError, match="is empty"):
        validate(results(text))


WHOLE = json.dumps(document(), indent=4)


@pytest.mark.parametrize("cut", range(1, len(WHOLE) - 1, 97))
def test_a_file_cut_anywhere_is_called_truncated(
    results: Callable[[object], Path], cut: int
) -> None:
    with pytest.raises(ResultsError, match="truncated"):
        validate(results(WHOLE[:cut]))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hello", "is not JSON: Expecting value at line 1 column 1"),
        ('{"benchmarks": [}', "is not JSON"),
        (WHOLE + "}", "is not JSON: Extra data"),
        ('{"a":' * 200_000, "nested"),
        ("[]", "valid dictionary|object"),
    ],
)
def test_other_text_is_refused_with_its_place(
    results: Callable[[object], Path], text: str, message: str
) -> None:
    with pytest.raises(ResultsError, match=message):
        validate(results(text))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"gone\.json: cannot be read: No such file"):
        validate(tmp_path / "gone.json")
    with pytest.raises(ResultsError, match="cannot be read: Is a directory"):
        validate(tmp_path)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_bytes(b"\xff\xfe{}")
    with pytest.raises(ResultsError, match="not UTF-8 text"):
        validate(path)


def test_the_shipped_json_schema_is_the_model_s() -> None:
    shipped = Path(schema.__file__).with_suffix(".json").read_text("utf-8")
    assert shipped == json_schema(), "run `python -m benchmarks.schema`"
