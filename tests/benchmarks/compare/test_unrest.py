import pytest

from benchmarks.compare.unrest import unrest

from .conftest import MakeRun, MakeSide


@pytest.mark.parametrize(
    ("controls", "factor"),
    [([1.0] * 12, 1.0), ([1.0] * 11 + [1.5], 1.5), ([1.0] * 6, 2.0), ([1.0] * 5 + [3.0], 3.0)],
)
def test_it_is_what_fixed_work_ranged_over(
    make_run: MakeRun, side: MakeSide, controls: list[float], factor: float
) -> None:
    one = {"model": "dat565/lenet", "metric": "train_seconds", "train_seconds": 1.0}
    measured = [one | {"control_seconds": each, "meeting_seconds": 1.0} for each in controls]
    half = len(measured) // 2
    before, after = side(make_run(*measured[:half])), side(make_run(*measured[half:]))
    assert unrest(before, after, "cpu") == factor
    assert unrest(before, after, "cuda") == 2.0


def test_both_kinds_of_work_count(make_run: MakeRun, side: MakeSide) -> None:
    one = {"model": "dat565/lenet", "metric": "train_seconds", "train_seconds": 1.0}
    measured = [
        one | {"control_seconds": 1.0 + number / 10, "meeting_seconds": 2.0 - number / 5}
        for number in range(6)
    ]
    both = side(make_run(*measured))
    assert unrest(both, both, "cpu") == pytest.approx(1.5 * 2)


def test_of_runs_without_controls_nothing_is_known(make_run: MakeRun, side: MakeSide) -> None:
    one = {"model": "dat565/lenet", "metric": "train_seconds", "train_seconds": 1.0}
    both = side(make_run(*[one] * 12))
    assert unrest(both, both, "cpu") == 2.0
