from typing import Any

from benchmarks.rivals.standings import standings


def record(**changes: Any) -> dict[str, Any]:
    return {
        "model": "dat565/lenet",
        "experiment": None,
        "device": "cpu",
        "data": "embedded",
        "budget": "quick",
        "rival": "tidy-loop",
        "speedup": 2.0,
        "speedup_low": 1.5,
        "speedup_high": 2.5,
        "roofline_fraction": 0.25,
        "outcome": "passed",
        **changes,
    }


def test_a_model_has_a_row_with_every_rival_its_interval_and_our_share_of_the_roof() -> None:
    title, heading, row = standings([record(), record(rival="keras", speedup=9.0)])
    assert title == "times as fast as"
    assert heading.split() == ["model", "data", "tidy-loop", "keras", "of", "roof"]
    for cell in ("dat565/lenet", "cpu, embedded, quick", "2.00 [1.50, 2.50]", "9.00", "0.250"):
        assert cell in row


def test_models_end_in_the_geometric_mean_of_those_measured() -> None:
    broken = record(model="c/broken", outcome="failed")
    lines = standings([record(), record(model="c/other", speedup=8.0), broken])
    assert lines[-1].split() == ["geometric", "mean", "4.00", "of", "2"]
    assert lines[-2].endswith("FAILED")


def test_experiments_have_a_table_of_their_own_without_a_mean() -> None:
    sweep = record(experiment="dat565/weight-decay", rival="one-by-one", roofline_fraction=None)
    lines = standings([record(), sweep])
    assert lines[3].startswith("experiment")
    assert lines[4].startswith("dat565/weight-decay")
    assert len(lines) == 5
    assert "of roof" not in lines[3]


def test_a_duel_that_broke_off_was_not_measured() -> None:
    assert "not measured" in standings([record(speedup=None, outcome="failed")])[-1]


def test_no_duels_no_words() -> None:
    assert standings([]) == []
