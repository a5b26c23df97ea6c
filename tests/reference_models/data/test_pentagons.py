import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from reference_models.data import load_dataset
from reference_models.data.pentagons import LOWER, SIDE, UPPER, Polygon, inside


def _area(polygon: Polygon) -> float:
    """The shoelace formula."""
    x, y = np.array(polygon, dtype=float).T
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


def _same_side(point: tuple[float, float], polygon: Polygon) -> list[float]:
    """Cross products of a convex polygon's sides with the way to `point`: one sign if inside."""
    corners = np.array(polygon, dtype=float)
    sides = np.roll(corners, -1, axis=0) - corners
    way = np.array(point) - corners
    return list(sides[:, 0] * way[:, 1] - sides[:, 1] * way[:, 0])


def test_areas_are_those_of_the_vertices() -> None:
    assert _area(UPPER) == 100_000
    assert _area(LOWER) == 200_000


@pytest.mark.parametrize("polygon", [UPPER, LOWER])
@given(x=st.integers(-100, 1100), y=st.integers(-100, 1100))
def test_a_point_is_inside_a_convex_polygon_if_it_is_on_one_side_of_all_sides(
    polygon: Polygon, x: int, y: int
) -> None:
    crosses = _same_side((x, y), polygon)
    if 0 in crosses:
        return
    found = bool(inside(np.array([[x, y]], dtype=float), polygon)[0])
    assert found == (min(crosses) > 0 or max(crosses) < 0)


def test_no_point_is_inside_both() -> None:
    steps = np.arange(0.5, SIDE, 4)
    grid = np.stack(np.meshgrid(steps, steps), -1).reshape(-1, 2)
    assert not (inside(grid, UPPER) & inside(grid, LOWER)).any()


def test_points_are_uniform_on_the_square_and_thirty_percent_are_inside() -> None:
    data = load_dataset("pentagons")
    for split, count in ((data.train, 50_000), (data.test, 10_000)):
        assert split.inputs.shape == (count, 2)
        assert 0 <= float(split.inputs.min()) <= float(split.inputs.max()) <= SIDE
        deviation = (0.3 * 0.7 / count) ** 0.5
        assert float(split.labels.float().mean()) == pytest.approx(0.3, abs=4 * deviation)
        quarters = (split.inputs > SIDE / 2).long() @ torch.tensor([1, 2])
        shares = quarters.bincount(minlength=4) / count
        assert shares.tolist() == pytest.approx([0.25] * 4, abs=0.02)


def test_the_same_points_come_every_time_whatever_the_source() -> None:
    first, again = load_dataset("pentagons"), load_dataset("pentagons", "real")
    assert first.key == again.key
    assert torch.equal(first.train.inputs, again.train.inputs)
    assert not torch.equal(first.train.inputs[:10_000], first.test.inputs)
