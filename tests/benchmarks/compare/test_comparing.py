"""Whole runs, one against another: what is found, what is not, what cannot be compared."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from benchmarks.compare import Comparison, Side, compare_sides
from benchmarks.schema import Results

from .conftest import MakeRun, MakeSide

MODELS = [f"made/model-{number}" for number in range(28)]


def whole_run(
    make_run: MakeRun, seed: int, slower: float = 1.0, worse: float = 0.0, moody: float = 0.07
) -> Results:
    """All that a run measures of 28 models on a moody machine; the first may be made worse."""
    rng = np.random.default_rng(seed)
    benchmarks: list[dict[str, Any]] = []
    for number, model in enumerate(MODELS):
        right = round((0.90 + 0.003 * number - (worse if number == 0 else 0)) * 10_000)
        accuracy = {"accuracy": right / 10_000, "test_samples": 10_000, "test_loss": 0.3}
        benchmarks.append({"model": model, **accuracy})
        for metric, count in (("train_seconds", 3), ("samples_per_second", 20)):
            mood, factor = rng.uniform(1 - moody, 1 + moody), slower if number == 0 else 1.0
            rounds = 0.01 * (number + 1) * mood * factor * rng.lognormal(0, 0.005, count)
            speed = metric == "samples_per_second"
            middle = float(np.median(rounds))
            figure = {metric: 2048 / middle if speed else middle, "rounds": rounds.tolist()}
            controls = {
                "control_seconds": 1e-3 * mood,
                "meeting_seconds": 2e-4 * mood * rng.lognormal(0, moody / 14),
            }
            benchmarks.append({"model": model, "metric": metric, **controls, **figure})
    return make_run(*benchmarks)


def alarms(found: list[Comparison]) -> list[Comparison]:
    return [one for one in found if one.verdict in ("better", "worse")]


def test_thirty_pairs_of_runs_of_the_same_code_give_no_alarm(
    make_run: MakeRun, side: MakeSide
) -> None:
    runs = [side(whole_run(make_run, seed)) for seed in range(31)]
    for before, after in pairwise(runs):
        found = compare_sides(before, after)
        assert len(found) == 3 * len(MODELS)
        assert alarms(found) == []


def test_a_model_made_two_points_worse_is_found(make_run: MakeRun, side: MakeSide) -> None:
    before, after = side(whole_run(make_run, 0)), side(whole_run(make_run, 1, worse=0.02))
    (one,) = alarms(compare_sides(before, after))
    assert (one.key.model, one.key.metric, one.verdict) == (MODELS[0], "accuracy", "worse")
    assert (one.before, one.after) == ("90.00 %", "88.00 %")


def found_slower(before: Side, after: Side) -> bool:
    """Whether the first model's speed is called worse, and no other model anything."""
    told = alarms(compare_sides(before, after))
    assert {(one.key.model, one.verdict) for one in told} <= {(MODELS[0], "worse")}
    return "samples_per_second" in {one.key.metric for one in told}


def test_a_model_made_five_percent_slower_is_found_on_a_quiet_machine(
    make_run: MakeRun, side: MakeSide
) -> None:
    found = [
        found_slower(
            side(whole_run(make_run, seed, moody=0.004)),
            side(whole_run(make_run, seed + 100, slower=1.05, moody=0.004)),
        )
        for seed in range(8)
    ]
    assert sum(found) >= 6


@pytest.mark.parametrize(("slower", "is_found"), [(1.2, False), (1.6, True)])
def test_on_a_moody_machine_only_what_exceeds_its_moods_is_found(
    make_run: MakeRun, side: MakeSide, slower: float, is_found: bool
) -> None:
    before, after = side(whole_run(make_run, 0)), side(whole_run(make_run, 100, slower=slower))
    assert found_slower(before, after) == is_found


def test_several_runs_a_side_know_how_far_runs_are_apart(make_run: MakeRun, side: MakeSide) -> None:
    runs = [whole_run(make_run, seed) for seed in range(16)]
    slow = [whole_run(make_run, seed, slower=1.05) for seed in range(100, 108)]
    assert alarms(compare_sides(side(*runs[:8]), side(*runs[8:]))) == []
    assert found_slower(side(*runs[:8]), side(*slow))
    assert not found_slower(side(*runs[:4]), side(*slow[:4]))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"data_key": "else"}, "other contents of the data"),
        ({"data": "real", "dataset": "MNIST"}, "other data, data set"),
        ({"budget": "paper"}, "other budget"),
        ({"seed": 1}, "other seeds, and fewer than 3 a side"),
        ({"model": "dat565/lenet", "device": "cuda"}, "measured only before"),
    ],
)
def test_what_was_asked_otherwise_is_not_comparable(
    make_run: MakeRun, side: MakeSide, change: dict[str, Any], why: str
) -> None:
    one = {"model": "dat565/dense-64-64", "accuracy": 0.9}
    found = compare_sides(side(make_run(one)), side(make_run(one | change)))
    assert (found[0].verdict, found[0].finding.why) == ("not comparable", why)


@pytest.mark.parametrize(
    ("machine", "verdict"),
    [
        ({"cpu_model": "Other"}, "not comparable"),
        ({"threads": 1}, "not comparable"),
        ({"keeps_memory": True}, "not comparable"),
        ({"torch": "3.0"}, "no difference"),
    ],
)
def test_times_are_compared_on_the_same_machine(
    make_run: MakeRun, side: MakeSide, machine: dict[str, Any], verdict: str
) -> None:
    one = {"model": "dat565/lenet", "metric": "train_seconds", "train_seconds": 2.0}
    right = {"model": "dat565/lenet", "accuracy": 0.9}
    found = compare_sides(side(make_run(one, right)), side(make_run(one, right, **machine)))
    assert [each.verdict for each in found] == [verdict, "no difference"]


def test_a_run_beside_another_process_is_left_out(make_run: MakeRun, side: MakeSide) -> None:
    timed = {"model": MODELS[0], "metric": "train_seconds", "train_seconds": 1.0}
    quiet = make_run(timed | {"rounds": [1.0] * 20})
    slow = make_run(timed | {"rounds": [5.0] * 20, "waiting_threads": 0.02})
    beside = make_run(timed | {"rounds": [5.0] * 20, "waiting_threads": 0.6, "control_seconds": 9})
    assert told(side(quiet), side(slow)) == ("1 s", "5 s", "worse", "")
    spoilt = "others had the cores meanwhile"
    assert told(side(quiet), side(beside)) == (
        *("1 s", "5 s", "not comparable"),
        f"{spoilt}: run again alone",
    )
    left_out = f"2 runs left out, for {spoilt}"
    assert told(side(quiet), side(quiet, beside, beside)) == (
        *("1 s", "1 s", "no difference"),
        left_out,
    )
    assert told(side(quiet, beside), side(slow, beside)) == ("1 s", "5 s", "worse", left_out)


def told(before: Side, after: Side) -> tuple[str, str, str, str]:
    (one,) = compare_sides(before, after)
    return one.before, one.after, one.verdict, one.finding.why


def test_a_spoilt_run_does_not_hide_an_assertion_that_failed(
    make_run: MakeRun, side: MakeSide
) -> None:
    timed = {"model": MODELS[0], "metric": "train_seconds", "train_seconds": 1.0}
    before, after = make_run(timed), make_run(timed | {"waiting_threads": 1.5, "outcome": "failed"})
    assert told(side(before), side(after))[2] == "worse"


def test_an_assertion_that_no_longer_holds_is_worse(make_run: MakeRun, side: MakeSide) -> None:
    one = {"model": "dat565/lenet", "accuracy": 0.9}
    failed = one | {"outcome": "failed"}
    (found,) = compare_sides(side(make_run(one)), side(make_run(failed)))
    assert (found.verdict, found.finding.why) == ("worse", "what it asserts no longer holds")
    (found,) = compare_sides(side(make_run(failed)), side(make_run(failed)))
    assert found.verdict == "no difference"


@pytest.mark.parametrize(
    ("parameters", "verdict", "change"),
    [(100, "no difference", ""), (110, "worse", "+10"), (90, "better", "-10")],
)
def test_more_parameters_are_worse(
    make_run: MakeRun, side: MakeSide, parameters: int, verdict: str, change: str
) -> None:
    one = {"model": "dat565/lenet", "metric": "parameters"}
    after = side(make_run(one | {"parameters": parameters}))
    (found,) = compare_sides(side(make_run(one)), after)
    assert (found.verdict, found.finding.change) == (verdict, change)
    assert (found.before, found.after) == ("100", str(parameters))


def test_losses_need_seeds(make_run: MakeRun, side: MakeSide) -> None:
    one = {"model": "jhu482/cnn", "test_samples": 50, "test_loss": 0.5}
    before, after = side(make_run(one)), side(make_run(one | {"test_loss": 0.4}))
    (found,) = compare_sides(before, after)
    assert found.verdict == "not comparable"
    assert found.finding.why == "fewer than 3 seeds a side have no spread"
    several = [
        side(*(make_run(one | {"seed": s, "test_loss": loss + s / 1e4}) for s in range(5)))
        for loss in (0.5, 0.4)
    ]
    (found,) = compare_sides(*several)
    assert (found.verdict, found.after) == ("better", "loss 0.4002")
    (found,) = compare_sides(before, before)
    assert found.verdict == "no difference"


def test_two_seeds_a_side_have_no_spread(make_run: MakeRun, side: MakeSide) -> None:
    one = {"model": "dat565/lenet", "accuracy": 0.9}
    before = side(*(make_run(one | {"seed": seed}) for seed in (0, 1)))
    after = side(*(make_run(one | {"seed": seed, "accuracy": 0.5}) for seed in (0, 1)))
    (found,) = compare_sides(before, after)
    assert (found.verdict, found.finding.why) == (
        "not comparable",
        "fewer than 3 seeds a side have no spread",
    )
    (found,) = compare_sides(before, before)
    assert found.verdict == "no difference"


def test_speeds_are_compared_a_sample(make_run: MakeRun, side: MakeSide) -> None:
    one = {"model": "dat565/lenet", "metric": "samples_per_second", "rounds": [1.0] * 20}
    before = side(make_run(one | {"samples_per_second": 100.0}))
    after = side(make_run(one | {"samples_per_second": 40.0}))  # fewer samples in as long a pass
    (found,) = compare_sides(before, after)
    assert (found.verdict, found.before, found.after) == ("worse", "100 a second", "40 a second")


def test_what_has_no_figure_is_not_compared(make_run: MakeRun, side: MakeSide) -> None:
    before = side(make_run({"model": "jhu482/cnn"}))
    (found,) = compare_sides(before, before)
    assert (found.verdict, found.before) == ("not comparable", "-")
    (found,) = compare_sides({}, before)
    assert found.finding.why == "measured only after"
