"""What differs is found; what does not gives no alarm, however moody the machine."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.compare import of_counts, of_rounds, of_runs, of_sittings, of_spread

ALPHA = 1e-4
Rounds = tuple[list[float], list[float]]


def rounds(rng: np.random.Generator, factor: float = 1.0, noise: float = 0.01) -> Rounds:
    """Twenty rounds and the control's seconds: a mood that both share, and bursts."""
    mood = rng.uniform(0.9, 1.1)
    bursts = 1 + rng.exponential(noise, 20) * (1 + 20 * (rng.random(20) < 0.05))
    seconds = 0.01 * factor * mood * rng.lognormal(0, noise / 2, 20) * bursts
    return list(seconds), [0.001 * mood * float(rng.lognormal(0, 0.004))] * 20


@pytest.mark.parametrize(
    ("right", "verdict"),
    [(9240, "worse"), (9640, "better"), (9440, "no difference"), (9400, "no difference")],
)
def test_two_points_of_ten_thousand_answers_are_found(right: int, verdict: str) -> None:
    found = of_counts((9440, 10_000), (right, 10_000), ALPHA)
    assert found.verdict == verdict
    assert found.change.startswith(f"{(right - 9440) / 100:+.2f} points [")


def test_two_points_of_five_hundred_answers_are_not() -> None:
    assert of_counts((472, 500), (462, 500), ALPHA).verdict == "no difference"


@given(
    one=st.integers(0, 300), other=st.integers(0, 300), alpha=st.sampled_from([0.05, 0.01, 1e-5])
)
def test_counts_the_other_way_round_say_the_opposite(one: int, other: int, alpha: float) -> None:
    there, back = (of_counts((a, 300), (b, 300), alpha) for a, b in ((one, other), (other, one)))
    opposite = {"better": "worse", "worse": "better", "no difference": "no difference"}
    assert there.verdict == opposite[back.verdict]


def test_counts_of_one_coin_are_rarely_called_different() -> None:
    rng = np.random.default_rng(0)
    draws = rng.binomial(10_000, 0.94, (2_000, 2))
    found = [of_counts((a, 10_000), (b, 10_000), 0.01).verdict for a, b in draws.tolist()]
    assert found.count("worse") + found.count("better") <= 40


def test_seeds_are_judged_by_their_spread() -> None:
    before, after = [0.940, 0.944, 0.938, 0.942, 0.941], [0.920, 0.923, 0.917, 0.921, 0.920]
    assert of_spread(before, after, ALPHA).verdict == "worse"
    assert of_spread(after, before, ALPHA).verdict == "better"
    assert of_spread(after, before, ALPHA, less_is_better=True).verdict == "worse"
    wide = [0.90, 0.97, 0.93, 0.99, 0.91]
    assert of_spread(wide, [each - 0.02 for each in wide], ALPHA).verdict == "no difference"


def test_seeds_that_all_came_to_the_same() -> None:
    assert of_spread([0.25] * 3, [0.25] * 3, ALPHA).verdict == "no difference"
    assert of_spread([0.25] * 3, [0.25 * (1 + 1e-8)] * 3, ALPHA).verdict == "no difference"
    assert of_spread([0.25] * 3, [0.24] * 3, ALPHA).verdict == "worse"


def test_what_is_no_more_than_the_machines_unrest_cannot_be_compared() -> None:
    steady, slow = [1.0 + k / 1000 for k in range(20)], [1.2 + k / 1000 for k in range(20)]
    for same in (None, ([0.1] * 20, [0.1] * 20)):
        assert of_rounds(steady, slow, ALPHA, same, unrest=1.15).verdict == "worse"
        assert of_rounds(slow, steady, ALPHA, same, unrest=1.25).verdict == "not comparable"
        found = of_rounds(steady, slow, ALPHA, same, unrest=1.25)
        assert (found.verdict, found.why) == (
            "not comparable",
            "fixed work ranged over x 1.25 as well",
        )
        assert of_rounds(steady, steady, ALPHA, same, unrest=1.25).verdict == "no difference"
    assert of_rounds([1.0], [2.5], ALPHA, unrest=2.4).verdict == "worse"
    assert of_rounds([1.0], [2.5], ALPHA, unrest=2.6).verdict == "not comparable"


EVEN = ([0.1] * 5, [0.1] * 5)


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [(1.2, "worse"), (1 / 1.2, "better"), (1.02, "no difference"), (1.0, "no difference")],
)
def test_runs_are_judged_by_their_spread(factor: float, verdict: str) -> None:
    before = [1.00, 1.01, 0.99, 1.02, 0.98]
    assert of_runs(before, [factor * each for each in before], ALPHA, EVEN).verdict == verdict
    assert of_runs([1.0] * 5, [factor] * 5, ALPHA, EVEN).verdict == verdict
    wide = [0.8, 1.3, 1.0, 1.2, 0.7]
    found = of_runs(wide, [factor * each for each in wide], ALPHA, EVEN)
    assert found.verdict == "no difference"


def test_runs_of_another_mood_are_not_called_worse() -> None:
    before = [1.00, 1.01, 0.99, 1.02, 0.98]
    twice = [2 * each for each in before]
    found = of_runs(before, twice, ALPHA, ([0.1] * 5, [0.15] * 5))
    assert (found.verdict, found.why) == (
        "not comparable",
        "the machine itself was x 1.50: run again",
    )
    assert of_runs(before, twice, ALPHA, EVEN, EVEN).verdict == "worse"
    further = ([0.1] * 5, [0.145] * 5)
    assert of_runs(before, twice, ALPHA, EVEN, further).verdict == "no difference"
    slower = ([0.1] * 5, [0.12] * 5)
    mood = [1.2 * each for each in before]
    assert of_runs(before, mood, ALPHA, slower, slower).verdict == "no difference"


def test_the_same_code_in_another_mood_gives_no_alarm() -> None:
    rng = np.random.default_rng(0)
    for noise in (0.005, 0.01, 0.1, 0.5):
        for _ in range(200):
            (one, own), (other, others) = rounds(rng, noise=noise), rounds(rng, noise=noise)
            assert of_rounds(one, other, ALPHA, (own, others)).verdict == "no difference"


def test_five_percent_slower_is_found_on_a_machine_with_moods() -> None:
    rng = np.random.default_rng(0)
    found = []
    for _ in range(100):
        mood = rng.uniform(0.9, 1.1)
        one, other = (rounds_in(mood, rng, factor) for factor in (1.0, 1.05))
        controls = [
            tuple([0.001 * mood * float(rng.lognormal(0, noise))] * 20 for _ in range(2))
            for noise in (0.002, 0.01)
        ]
        found.append(of_rounds(one, other, ALPHA, *controls).verdict)  # type: ignore[arg-type]
    assert found.count("worse") >= 95
    assert "better" not in found


def rounds_in(mood: float, rng: np.random.Generator, factor: float) -> list[float]:
    return list(0.01 * factor * mood * rng.lognormal(0, 0.004, 20))


def test_what_the_machine_did_meanwhile_is_taken_out() -> None:
    steady, slow = [1.0 + k / 1000 for k in range(20)], [1.2 + k / 1000 for k in range(20)]
    even, slower, other = [0.1] * 20, [0.12] * 20, [0.2] * 20
    assert of_rounds(steady, slow, ALPHA).verdict == "worse"
    assert of_rounds(steady, slow, ALPHA, (even, even)).verdict == "worse"
    assert of_rounds(steady, steady, ALPHA, (even, slower)).verdict == "no difference"
    much = [each / 1.5 for each in steady]
    assert of_rounds(steady, much, ALPHA, (even, slower)).verdict == "better"
    found = of_rounds(steady, slow, ALPHA, (even, slower))
    assert (found.verdict, found.change) == ("no difference", "x 0.998 (x 1.198 by the clock)")
    found = of_rounds(steady, slow, ALPHA, (even, other))
    assert (found.verdict, found.why) == (
        "not comparable",
        "the machine itself was x 2.00: run again",
    )


def test_what_cores_far_from_each_other_may_explain_is_no_difference() -> None:
    steady, slow = [1.0 + k / 1000 for k in range(20)], [1.2 + k / 1000 for k in range(20)]
    even, longer = [0.1] * 20, [0.11] * 20
    same = (even, even)
    assert of_rounds(steady, slow, ALPHA, same, same).verdict == "worse"
    assert of_rounds(steady, slow, ALPHA, same, (even, longer)).verdict == "no difference"
    assert of_rounds(slow, steady, ALPHA, same, (longer, even)).verdict == "no difference"
    assert of_rounds(steady, slow, ALPHA, same, (longer, even)).verdict == "worse"
    slower = [1.1 * each for each in slow]
    assert of_rounds(steady, slower, ALPHA, same, (even, longer)).verdict == "worse"
    slowed = (even, [0.12] * 20)  # what all work shared is no matter of cores
    assert of_rounds(steady, slower, ALPHA, slowed, slowed).verdict == "worse"


def test_what_the_seconds_deny_is_no_difference() -> None:
    steady, slow = [1.0 + k / 1000 for k in range(20)], [1.1 + k / 1000 for k in range(20)]
    assert of_rounds(steady, slow, ALPHA, ([0.1] * 20, [0.12] * 20)).verdict == "no difference"


def test_what_the_fastest_round_does_not_bear_out_is_no_difference() -> None:
    steady = [1.0 + k / 1000 for k in range(20)]
    disturbed = [1.0, *(1.2 + k / 1000 for k in range(19))]
    assert of_rounds(steady, disturbed, ALPHA).verdict == "no difference"


@pytest.mark.parametrize("count", range(4, 15))
def test_a_tenfold_time_is_found_in_any_number_of_rounds(count: int) -> None:
    before = [1.0 + k / 1000 for k in range(count)]
    assert of_rounds(before, [10 * each for each in before], ALPHA).verdict == "worse"


@pytest.mark.parametrize(
    ("after", "verdict"),
    [([1.3, 1.31, 1.32], "worse"), ([1.1, 1.11, 1.12], "no difference"), ([0.7] * 3, "better")],
)
def test_few_rounds_tell_only_much(after: list[float], verdict: str) -> None:
    found = of_rounds([1.0, 1.01, 1.02], after, ALPHA)
    assert found.verdict == verdict
    assert found.why == "3 and 3 rounds tell only much"


@pytest.mark.parametrize(
    ("after", "verdict"), [(1.9, "no difference"), (2.1, "worse"), (0.4, "better")]
)
def test_one_round_tells_still_less(after: float, verdict: str) -> None:
    assert of_rounds([1.0], [after], ALPHA).verdict == verdict


@pytest.mark.parametrize("figures", [1, 31, 91])
def test_nine_rounds_a_side_tell_five_percent(figures: int) -> None:
    before = [1.0 + k / 2000 for k in range(9)]
    after = [1.05 * each for each in before]
    assert of_rounds(before, after, 0.01 / figures).verdict == "worse"
    assert of_rounds(before, before, 0.01 / figures).verdict == "no difference"


def test_a_training_that_became_too_slow_to_repeat_is_found() -> None:
    assert of_rounds([0.15, 0.16, 0.15], [0.26], ALPHA).verdict == "worse"


def sittings(rng: np.random.Generator, factor: float, count: int = 12) -> list[float]:
    """Ratios of processes that stray by 2.5 percent of themselves."""
    return list(factor * rng.lognormal(0, 0.025, count))


def test_five_percent_slower_is_found_in_a_dozen_sittings() -> None:
    rng = np.random.default_rng(0)
    found = [of_sittings(sittings(rng, 1.05), 0.01 / 2).verdict for _ in range(200)]
    assert found.count("worse") >= 190
    assert "better" not in found


def test_sittings_of_the_same_code_give_an_alarm_as_rarely_as_asked() -> None:
    rng = np.random.default_rng(0)
    found = [of_sittings(sittings(rng, 1.0), 0.01).verdict for _ in range(2_000)]
    assert found.count("no difference") >= 1_970


@given(
    ratios=st.lists(st.floats(0.5, 2), min_size=3, max_size=20), alpha=st.sampled_from([0.05, 1e-4])
)
def test_sittings_the_other_way_round_say_the_opposite(ratios: list[float], alpha: float) -> None:
    there, back = of_sittings(ratios, alpha), of_sittings([1 / each for each in ratios], alpha)
    opposite = {"better": "worse", "worse": "better", "no difference": "no difference"}
    assert there.verdict == opposite[back.verdict]


def test_sittings_that_all_came_to_the_same() -> None:
    assert of_sittings([1.0] * 3, ALPHA).verdict == "no difference"
    assert of_sittings([1.005] * 3, ALPHA).verdict == "no difference"
    found = of_sittings([1.05] * 3, ALPHA)
    assert (found.verdict, found.change) == ("worse", "x 1.050 [1.050, 1.050]")


def test_two_sittings_say_nothing() -> None:
    assert of_sittings([2.0, 2.0], ALPHA).verdict == "not comparable"
