"""What is worth how many points: TOML, checked field by field."""

import hashlib
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from graders.errors import RubricError
from graders.names import one_line
from graders.toml_lines import line_of
from reference_models.data import Source

Visibility = Literal["visible", "hidden", "after_due_date", "after_published"]
Points = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Value = Annotated[float, Field(allow_inf_nan=False)]

_BUNDLED = Path(__file__).parent / "rubrics"


def _wrong(reason: str, *field: str | int) -> PydanticCustomError:
    """Return an error about a field further inside than the table that is being checked."""
    return PydanticCustomError("rubric", "{reason}", {"reason": reason, "field": field})


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Curve(_Table):
    """Points along a line: `[[0.80, 0], [0.95, 60]]` is 0 to 0.80, 60 from 0.95."""

    knots: tuple[tuple[Value, Points], ...] = Field(min_length=2)

    @model_validator(mode="before")
    @classmethod
    def _from_list(cls, data: Any) -> Any:
        return {"knots": data} if isinstance(data, list) else data

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if any(right[0] <= left[0] for left, right in pairwise(self.knots)):
            raise ValueError("the values of a curve must rise")
        if any(right[1] < left[1] for left, right in pairwise(self.knots)):
            raise ValueError("the points of a curve must not fall")
        return self

    @property
    def most(self) -> float:
        """Points at the upper end."""
        return self.knots[-1][1]

    @property
    def full_from(self) -> float:
        """The smallest value that earns all points."""
        return next(value for value, points in self.knots if points == self.most)

    @property
    def none_below(self) -> float:
        """The value that must be passed to earn more than the least."""
        return next(
            (left[0] for left, right in pairwise(self.knots) if right[1] > left[1]),
            self.knots[0][0],
        )

    def __call__(self, value: float) -> float:
        """Points for `value`."""
        if value < self.knots[0][0]:
            return self.knots[0][1]
        for (left, low), (right, high) in pairwise(self.knots):
            if value < right:
                return low + (high - low) * (value - left) / (right - left)
        return self.most


class _Criterion(_Table):
    """What every criterion has. `needs` names criteria without which this one earns nothing."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    name: str = Field(min_length=1, max_length=120)
    points: Points
    required: bool = False
    needs: tuple[str, ...] = ()
    visibility: Visibility = "visible"


class ParametersCriterion(_Criterion):
    """The number of parameters, against exactly one of three bounds."""

    metric: Literal["parameters"]
    equals: int | None = None
    at_most: int | None = None
    at_least: int | None = None

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if sum(bound is not None for bound in (self.equals, self.at_most, self.at_least)) != 1:
            raise ValueError("give exactly one of equals, at_most, at_least")
        return self

    def verdict(self, count: int) -> tuple[str, bool]:
        """Return what is expected, in words, and whether `count` is it."""
        if self.equals is not None:
            return f"{self.equals:,}", count == self.equals
        if self.at_most is not None:
            return f"at most {self.at_most:,}", count <= self.at_most
        return f"at least {self.at_least:,}", count >= (self.at_least or 0)


class AccuracyCriterion(_Criterion):
    """Accuracy on unseen images, with a curve for each data source that may be graded on."""

    metric: Literal["accuracy"]
    curve: dict[Source, Curve] = Field(min_length=1)
    confidence: float = Field(default=0.95, gt=0.5, lt=1)

    @model_validator(mode="after")
    def _ends_at_points(self) -> Self:
        for source, curve in self.curve.items():
            if curve.most != self.points:
                reason = f"ends at {curve.most:g} points, but points is {self.points:g}"
                raise _wrong(reason, "curve", source)
        return self


class ArchitectureCriterion(_Criterion):
    """The parameters have the reference model's shapes, in its order."""

    metric: Literal["architecture"]


class AnswersCriterion(_Criterion):
    """The answers are what the reference model computes with the submission's own parameters."""

    metric: Literal["answers"]
    at_least: float = Field(default=0.999, gt=0, le=1)


Criterion = Annotated[
    ParametersCriterion | AccuracyCriterion | ArchitectureCriterion | AnswersCriterion,
    Field(discriminator="metric"),
]


class Rubric(_Table):
    """The criteria of one gradable part. `pass_at` is the share of the points that is a pass."""

    assignment: str
    title: str
    pass_at: float = Field(default=1.0, gt=0, le=1)
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
                raise _wrong(f"two criteria have the id '{one.id}'", "criterion", number, "id")
            missing = [need for need in one.needs if need not in before]
            if missing:
                reason = f"'{one.id}' needs '{missing[0]}', which does not come before it"
                raise _wrong(reason, "criterion", number, "needs")
            before.add(one.id)
        if self.points == 0:
            raise ValueError("all criteria together are worth nothing")
        return self

    def check_source(self, source: Source) -> None:
        """Raise RubricError when a criterion has no threshold for `source`."""
        for one in self.criterion:
            if isinstance(one, AccuracyCriterion) and source not in one.curve:
                there = ", ".join(sorted(one.curve))
                raise RubricError(
                    f"the rubric of {self.assignment} has no {source} threshold for '{one.id}' "
                    f"(it has: {there}); add curve.{source}, or grade with --data {there}"
                )


def bundled_rubric(assignment: str) -> Path:
    """Return the rubric that ships for a model id; raises RubricError where there is none."""
    path = _BUNDLED / f"{assignment.replace('/', '-')}.toml"
    if not path.is_file():
        raise RubricError(f"no rubric ships for {assignment}; write one and name it with --rubric")
    return path


def load_rubric(path: Path) -> Rubric:
    """Read and check a rubric; RubricError names file, line and field in one line."""
    try:
        text = path.read_bytes().decode("utf-8")
        data = tomllib.loads(text)
    except OSError as error:
        raise RubricError(f"{path}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise RubricError(f"{path}: not TOML: {one_line(str(error))}") from error
    try:
        rubric = Rubric.model_validate(data)
    except ValidationError as error:
        raise RubricError(f"{path}: {_first_problem(error, text)}") from error
    return rubric.model_copy(update={"digest": hashlib.sha256(text.encode()).hexdigest()})


def _first_problem(error: ValidationError, text: str) -> str:
    """Put into words the first thing that is wrong: line, field and reason.

    A name that nobody knows comes before a field that is missing: it is usually that field.
    """
    problems = sorted(error.errors(), key=lambda problem: problem["type"] != "extra_forbidden")
    path = _path(problems[0])
    field = ".".join(step for step in path if isinstance(step, str)) or "rubric"
    reason = one_line(problems[0]["msg"].removeprefix("Value error, "))
    return f"line {line_of(text, path)}: {field}: {reason}"


def _path(problem: ErrorDetails) -> tuple[str | int, ...]:
    """Where in the file: pydantic's path without what only pydantic knows."""
    steps = problem["loc"]
    tagged = steps[:1] == ("criterion",) and len(steps) > 2
    plain = (*steps[:2], *steps[3:]) if tagged else steps
    shown = (step for step in plain if step not in ("knots", "[key]"))
    return (*shown, *problem.get("ctx", {}).get("field", ()))
