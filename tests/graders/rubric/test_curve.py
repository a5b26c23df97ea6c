import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from graders.rubric import Curve


def test_a_rising_curve_is_flat_outside_and_straight_inside() -> None:
    curve = Curve(knots=((0.8, 0), (0.9, 30), (0.95, 60)))
    asked = [curve(value) for value in (0.0, 0.8, 0.85, 0.9, 0.925, 0.95, 1.0)]
    assert asked == pytest.approx([0, 0, 15, 30, 45, 60, 60])
    assert (curve.full_at, curve.none_at, curve.most) == (0.95, 0.8, 60)
    assert (curve.rises, curve.falls) == (True, False)


def test_a_falling_curve_earns_more_for_less() -> None:
    curve = Curve(knots=((0.05, 60), (0.08, 60), (0.12, 20), (0.2, 0)))
    asked = [curve(value) for value in (0.0, 0.08, 0.1, 0.12, 0.16, 0.2, 9.0)]
    assert asked == pytest.approx([60, 60, 40, 20, 10, 0, 0])
    assert (curve.full_at, curve.none_at, curve.most) == (0.08, 0.2, 60)
    assert (curve.rises, curve.falls) == (False, True)


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_better_value_never_earns_less(one: float, other: float) -> None:
    rising = Curve(knots=((0.8, 0), (0.81, 30), (0.95, 60)))
    falling = Curve(knots=((0.1, 60), (0.2, 30), (0.95, 0)))
    assert rising(min(one, other)) <= rising(max(one, other))
    assert falling(min(one, other)) >= falling(max(one, other))


@pytest.mark.parametrize(
    ("knots", "reason"),
    [
        ([[0.1, 0]], "at least 2 items"),
        ([[0.2, 0], [0.1, 1]], "the values of a curve must rise"),
        ([[0.1, 0], [0.1, 1]], "the values of a curve must rise"),
        ([[0.1, 0], [0.2, 5], [0.3, 1]], "must rise all along, or fall all along"),
        ([[0.1, -1], [0.2, 5]], "greater than or equal to 0"),
        ([[float("nan"), 0], [0.2, 5]], "finite number"),
    ],
)
def test_what_is_no_curve_is_refused(knots: list[list[float]], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Curve.model_validate(knots)
