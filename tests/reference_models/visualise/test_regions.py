import numpy as np
import torch
from torch import Tensor, nn

from reference_models.training import Decision
from reference_models.visualise import regions
from reference_models.visualise.regions import probabilities


class LeftHalf(nn.Module):
    """Sure that a point with x below 500, in raw coordinates, is inside."""

    def forward(self, points: Tensor) -> Tensor:
        return (points[:, :1] < 500).float() * 0.8 + 0.1


def test_the_grid_is_rows_of_y_and_columns_of_x() -> None:
    found = probabilities(LeftHalf(), "raw", Decision(), points=10)
    expected = np.tile(np.repeat([0.9, 0.1], 5), (10, 1))
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-5)


def test_the_decision_line_and_the_pentagons_are_drawn() -> None:
    figure = regions({"net": LeftHalf()}, "raw", Decision(), title="net")
    plot = figure.axes[0]
    (decided,) = (each for each in plot.collections if hasattr(each, "levels"))
    corners = np.concatenate([path.vertices for path in decided.get_paths()])
    assert abs(corners[:, 0] - 500).max() < 5
    assert [len(line.get_xdata()) for line in plot.get_lines()] == [6, 6]


def test_a_constant_answer_has_no_line() -> None:
    class Never(nn.Module):
        def forward(self, points: Tensor) -> Tensor:
            return torch.zeros(len(points), 1)

    plot = regions({"net": Never()}, "raw", Decision(), title="net").axes[0]
    assert not [each for each in plot.collections if hasattr(each, "levels")]
