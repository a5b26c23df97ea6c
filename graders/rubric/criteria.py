"""What a rubric can ask: one table of fields for each metric."""

from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import Field, model_validator

from graders.rubric.curve import Curve
from graders.rubric.tables import Points, Table, wrong
from reference_models.data import Source

_PERCENT = 2
"""A share above this was meant in percent."""

Visibility = Literal["visible", "hidden", "after_due_date", "after_published"]
LayerKind = Literal["convolution", "dense", "norm", "other"]
"""What a layer's parameter shapes tell: see `graders.layers.layer_kinds`."""


class BaseCriterion(Table):
    """What every criterion has.

    `needs` names criteria without which this one earns nothing; `cap` is the most that the whole
    submission can get while this one is not met.
    """

    metric: str
    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    name: str = Field(min_length=1, max_length=120)
    points: Points
    required: bool = False
    needs: tuple[str, ...] = ()
    cap: Points | None = None
    visibility: Visibility = "visible"

    @model_validator(mode="after")
    def _one_consequence(self) -> Self:
        if self.required and self.cap is not None:
            raise wrong("a required criterion leaves nothing to cap", "cap")
        return self


class _Bounded(BaseCriterion):
    """A whole number against exactly one of three bounds."""

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


class ParametersCriterion(_Bounded):
    """The number of parameters."""

    metric: Literal["parameters"]


class MemoryCriterion(_Bounded):
    """The bytes that parameters and buffers take, in the number types that they came in."""

    metric: Literal["memory"]


class ArchitectureCriterion(BaseCriterion):
    """The parameters have the reference model's shapes in its order, unless `shapes` is false.

    `layers` are the kinds of layers that must be there in that order, `allowed` those that may be
    there at all, `forbidden` those that may not.
    """

    metric: Literal["architecture"]
    shapes: bool = True
    layers: tuple[LayerKind, ...] | None = None
    allowed: tuple[LayerKind, ...] | None = None
    forbidden: tuple[LayerKind, ...] = ()

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not self.shapes and self.layers is None and not (self.allowed or self.forbidden):
            reason = "without the reference's shapes, give layers, allowed or forbidden"
            raise wrong(reason, "shapes")
        return self


class AnswersCriterion(BaseCriterion):
    """The answers are what the reference model computes with the submission's own parameters."""

    metric: Literal["answers"]
    at_least: float = Field(default=0.999, gt=0, le=1)


class MeasuredCriterion(BaseCriterion):
    """A figure of the trained model, with a curve for each data source that may be graded on."""

    better: ClassVar[Literal["higher", "lower"]] = "higher"
    is_share: ClassVar[bool] = False

    curve: dict[Source, Curve] = Field(min_length=1)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for source, curve in self.curve.items():
            check_curve(curve, self.points, self.better, "curve", source)
            highest = curve.knots[-1][0]
            if self.is_share and highest > 1:
                mend = f"{highest / 100:g}, not {highest:g}" if highest > _PERCENT else "at most 1"
                reason = f"{self.metric} is a share: {mend}"
                raise wrong(reason, "curve", source)
        return self


class AccuracyCriterion(MeasuredCriterion):
    """Accuracy on unseen images; the upper end of its Wilson interval counts."""

    is_share: ClassVar[bool] = True

    metric: Literal["accuracy"]
    confidence: float = Field(default=0.95, gt=0.5, lt=1)


class ReconstructionLossCriterion(MeasuredCriterion):
    """The mean squared error of clean test images given back, in the scale the model reads."""

    better: ClassVar[Literal["higher", "lower"]] = "lower"

    metric: Literal["reconstruction_loss"]


class UccAccuracyCriterion(MeasuredCriterion):
    """The share of the authors' test bags that are counted right."""

    is_share: ClassVar[bool] = True

    metric: Literal["ucc_accuracy"]


class MinJsCriterion(MeasuredCriterion):
    """The smallest Jensen-Shannon divergence between two classes' features, in bits."""

    metric: Literal["min_js"]


class ClusteringAccuracyCriterion(MeasuredCriterion):
    """The accuracy of k-means on the features of the test images, matched with the classes."""

    is_share: ClassVar[bool] = True

    metric: Literal["clustering_accuracy"]


class CasesCriterion(BaseCriterion):
    """The share of hidden calls that a student's function answers right.

    `groups` are the kinds of calls that count here, all of them if there are none; without a
    `curve` every call is worth the same.
    """

    metric: Literal["cases"]
    groups: tuple[str, ...] = ()
    curve: Curve | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.curve is not None:
            check_curve(self.curve, self.points, "higher", "curve")
        return self

    def earned(self, share: float) -> float:
        """Points for a share of right answers."""
        return self.points * share if self.curve is None else self.curve(share)


class ThroughputCriterion(BaseCriterion):
    """How fast it answers, as a ratio to the reference model on the same machine: 2 is twice.

    The upper end of the ratio's interval counts. It must have the assignment's layers, and answer
    as these do while it is timed.
    """

    metric: Literal["throughput"]
    curve: Curve

    @model_validator(mode="after")
    def _fits(self) -> Self:
        check_curve(self.curve, self.points, "higher", "curve")
        return self


class TrainingTimeCriterion(BaseCriterion):
    """How long its `train(images, labels)` takes, as a ratio to the reference's own quick recipe.

    Both are given the same `samples`; the lower end of the ratio's interval counts. Every training
    must end in a model whose accuracy, at the upper end of its interval, is `accuracy_at_least`.
    """

    metric: Literal["training_time"]
    samples: int = Field(ge=10)
    accuracy_at_least: float = Field(gt=0, le=1)
    curve: Curve

    @model_validator(mode="after")
    def _fits(self) -> Self:
        check_curve(self.curve, self.points, "lower", "curve")
        return self


Criterion = Annotated[
    ParametersCriterion
    | MemoryCriterion
    | ArchitectureCriterion
    | AnswersCriterion
    | AccuracyCriterion
    | ReconstructionLossCriterion
    | UccAccuracyCriterion
    | MinJsCriterion
    | ClusteringAccuracyCriterion
    | CasesCriterion
    | ThroughputCriterion
    | TrainingTimeCriterion,
    Field(discriminator="metric"),
]

FIELDS = frozenset(
    name for table in get_args(get_args(Criterion)[0]) for name in table.model_fields
)
"""Every field that some criterion has."""


def check_curve(
    curve: Curve, points: float, better: Literal["higher", "lower"], *field: str
) -> None:
    """Raise unless the better end of `curve` is worth `points`."""
    if better == "higher" and curve.falls:
        raise wrong("more is better here: the points of a curve must not fall", *field)
    if better == "lower" and curve.rises:
        raise wrong("less is better here: the points of a curve must not rise", *field)
    if curve.most != points:
        raise wrong(f"ends at {curve.most:g} points, but points is {points:g}", *field)
