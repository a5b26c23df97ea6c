"""From a measured value to points."""

from itertools import pairwise
from typing import Any, Self

from pydantic import Field, model_validator

from graders.rubric.tables import Points, Table, Value


class Curve(Table):
    """Points along a line: `[[0.80, 0], [0.95, 60]]` is 0 up to 0.80 and 60 from 0.95.

    A curve may fall where less is better: `[[0.08, 60], [0.12, 0]]`.
    """

    knots: tuple[tuple[Value, Points], ...] = Field(min_length=2)

    @model_validator(mode="before")
    @classmethod
    def _from_list(cls, data: Any) -> Any:
        return {"knots": data} if isinstance(data, list) else data

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if any(right[0] <= left[0] for left, right in pairwise(self.knots)):
            raise ValueError("the values of a curve must rise")
        if self.rises and self.falls:
            raise ValueError("the points of a curve must rise all along, or fall all along")
        return self

    @property
    def rises(self) -> bool:
        """Whether more is worth more somewhere."""
        return any(right[1] > left[1] for left, right in pairwise(self.knots))

    @property
    def falls(self) -> bool:
        """Whether more is worth less somewhere."""
        return any(right[1] < left[1] for left, right in pairwise(self.knots))

    @property
    def most(self) -> float:
        """Points at the better end."""
        return max(points for _, points in self.knots)

    @property
    def full_at(self) -> float:
        """The least good value that earns all points."""
        values = [value for value, points in self.knots if points == self.most]
        return values[-1] if self.falls else values[0]

    @property
    def none_at(self) -> float:
        """The value that must be passed to earn more than the least."""
        ends = reversed(self.knots) if self.falls else iter(self.knots)
        return next(
            (worse[0] for worse, better in pairwise(ends) if better[1] > worse[1]),
            self.knots[0][0],
        )

    def __call__(self, value: float) -> float:
        """Points for `value`."""
        if value < self.knots[0][0]:
            return self.knots[0][1]
        for (left, low), (right, high) in pairwise(self.knots):
            if value < right:
                return low + (high - low) * (value - left) / (right - left)
        return self.knots[-1][1]
