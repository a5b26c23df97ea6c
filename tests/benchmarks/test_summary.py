from typing import Any

from benchmarks.summary import summary_lines


def record(**changes: Any) -> dict[str, Any]:
    unmeasured = dict.fromkeys(
        ("accuracy", "accuracy_low", "accuracy_high", "reported", "train_seconds")
    )
    return {
        "metric": "parameters",
        "model": "dat565/lenet",
        "device": "cpu",
        "data": "embedded",
        "dataset": "digits",
        "budget": "quick",
        "parameters": 36_038,
        "samples_per_second": None,
        "outcome": "passed",
        **unmeasured,
        **changes,
    }


ACCURACY = {"accuracy": 0.95, "accuracy_low": 0.94, "accuracy_high": 0.96}


def test_the_benchmarks_of_a_model_make_one_line_with_its_source() -> None:
    heading, line = summary_lines(
        [
            record(),
            record(metric="accuracy", train_seconds=9.0, **ACCURACY),
            record(metric="train_seconds", train_seconds=2.5),
            record(metric="samples_per_second", samples_per_second=12_345.6),
        ]
    )
    assert heading.split()[:3] == ["model", "device", "data"]
    assert line.split("  ")[0] == "dat565/lenet"
    for cell in ("embedded: digits, quick", "0.9500 [0.9400, 0.9600]", "36,038", "12,346"):
        assert cell in line


def test_seconds_are_quoted_from_the_benchmark_devoted_to_them() -> None:
    _, line = summary_lines(
        [
            record(metric="train_seconds", train_seconds=2.5),
            record(metric="accuracy", train_seconds=9.0),
        ]
    )
    assert "2.500" in line
    assert "9.000" not in line


def test_what_was_not_measured_is_a_dash() -> None:
    _, line = summary_lines([record()])
    assert line.split()[-5:] == ["-", "-", "36,038", "-", "-"]


def test_devices_and_sources_have_lines_of_their_own() -> None:
    lines = summary_lines([record(), record(device="cuda"), record(data="real")])
    assert len(lines) == 1 + 3


def test_the_report_s_figure_stands_beside_ours() -> None:
    _, line = summary_lines([record(metric="accuracy", data="real", reported=0.9556, **ACCURACY)])
    assert "0.9500 [0.9400, 0.9600]  0.9556" in line


def test_the_speed_of_a_batch_of_one_is_not_quoted_as_the_models() -> None:
    _, line = summary_lines([record(metric="batch_samples_per_second", samples_per_second=5.0)])
    assert line.split()[-1] == "-"


def test_how_rivals_compare_stands_below() -> None:
    duel = record(metric="speedup", rival="tidy-loop", experiment=None, speedup=None)
    lines = summary_lines([record(), {**duel, "roofline_fraction": None}])
    assert lines[2] == "times as fast as"
    assert "not measured" in lines[-1]


def test_what_profiles_say_stands_in_a_table_of_its_own() -> None:
    profile = {"metric": "product_share", "product_share": 0.87654}
    heading, good, bad = summary_lines([record(**profile), record(**profile, outcome="failed")])
    assert "products' share" in heading
    assert good.endswith("0.877")
    assert bad.split()[-2:] == ["0.877", "FAILED"]


def test_a_failed_benchmark_marks_its_line() -> None:
    lines = summary_lines([record(), record(outcome="failed"), record(model="dat565/dense-64-64")])
    assert [line.endswith("FAILED") for line in lines] == [False, True, False]


def test_numbers_end_in_one_column_under_their_heading() -> None:
    heading, wide, narrow = summary_lines([record(), record(model="a/b", parameters=7)])
    end = heading.index("parameters") + len("parameters")
    assert wide[:end].endswith(" 36,038")
    assert narrow[:end].endswith(" 7")


def test_no_records_make_no_table() -> None:
    assert summary_lines([]) == []
