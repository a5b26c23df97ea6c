"""What is worth how many points: the criteria of one gradable part, and what lateness costs."""

from typing import Self

from pydantic import Field, model_validator

from graders.errors import RubricError
from graders.rubric.criteria import Criterion, MeasuredCriterion
from graders.rubric.tables import Points, Table, wrong
from reference_models.data import Source


class Late(Table):
    """What each day that has begun after the deadline costs, `grace_hours` not counted."""

    points_per_day: Points
    grace_hours: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    most: Points | None = None

    def penalty(self, hours: float) -> float:
        """Points to take from a submission so many hours late; a day that has begun is a day."""
        counted = hours - self.grace_hours
        days = max(0, -int(-counted // 24))
        cost = days * self.points_per_day
        return cost if self.most is None else min(cost, self.most)


class Rubric(Table):
    """The criteria of one gradable part. `pass_at` is the share of the points that is a pass."""

    assignment: str
    title: str
    pass_at: float = Field(default=1.0, gt=0, le=1)
    late: Late | None = None
    criterion: tuple[Criterion, ...] = Field(min_length=1)
    digest: str = ""

    @property
    def points(self) -> float:
        """The most a submission can score."""
        return sum(one.points for one in self.criterion)

    @model_validator(mode="after")
    def _names_hold(self) -> Self:
        before: set[str] = set()
        for number, one in enumerate(self.criterion):
            if one.id in before:
                raise wrong(f"two criteria have the id '{one.id}'", "criterion", number, "id")
            missing = [need for need in one.needs if need not in before]
            if missing:
                reason = f"'{one.id}' needs '{missing[0]}', which does not come before it"
                raise wrong(reason, "criterion", number, "needs")
            before.add(one.id)
        if self.points == 0:
            raise ValueError("all criteria together are worth nothing")
        return self

    def check_source(self, source: Source) -> None:
        """Raise RubricError when a criterion has no threshold for `source`."""
        for one in self.criterion:
            if isinstance(one, MeasuredCriterion) and source not in one.curve:
                there = ", ".join(sorted(one.curve))
                raise RubricError(
                    f"the rubric of {self.assignment} has no {source} threshold for '{one.id}' "
                    f"(it has: {there}); add curve.{source}, or grade with --data {there}"
                )
