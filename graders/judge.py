"""From what was seen to points: each criterion of a rubric turned into a check."""

from dataclasses import dataclass, replace
from functools import cached_property

from graders import evidence
from graders.grade import Check, Verdict
from graders.rubric import (
    AccuracyCriterion,
    AnswersCriterion,
    ArchitectureCriterion,
    Criterion,
    ParametersCriterion,
    Rubric,
)
from graders.sandbox import Observation
from reference_models import ModelCard
from reference_models.data import Dataset

_NO_ANSWERS = "First make the network answer for all images; the reason above says what stopped it."
_NO_NETWORK = "First make the network build and load; the reason above says what stopped it."
LOST = "points lost on"
"""How the reason of a grade begins where the checks say the rest; ids follow."""
UNMET = "required, and not met:"
"""How it begins where one criterion decided everything; that one's name follows."""


@dataclass(frozen=True)
class _Finding:
    """What one criterion came to, as a share of its points; advice where some were lost."""

    share: float
    expected: str
    measured: str
    advice: str = ""
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class Ruling:
    """A verdict, its score (None when ungraded) and, where the checks do not tell, its reason."""

    verdict: Verdict
    score: float | None
    reason: str = ""


class Judge:
    """One observation held against a model card and the test images it was asked about.

    `seen.answers` are in the order of the test images of `data`, or None when there are none.
    """

    def __init__(self, card: ModelCard, data: Dataset, seen: Observation) -> None:
        self._card = card
        self._data = data
        self._seen = seen

    def judge(self, rubric: Rubric) -> tuple[Check, ...]:
        """Judge every criterion in order; one whose needs are not met earns nothing."""
        checks: dict[str, Check] = {}
        for criterion in rubric.criterion:
            finding = self._finding(criterion)
            for need in criterion.needs:
                if not checks[need].met:
                    finding = _withheld(finding, checks[need])
            checks[criterion.id] = _check(criterion, finding)
        return tuple(checks.values())

    def _finding(self, criterion: Criterion) -> _Finding:
        match criterion:
            case ParametersCriterion():
                return self._parameters(criterion)
            case ArchitectureCriterion():
                return self._architecture()
            case AnswersCriterion():
                return self._answers(criterion)
            case AccuracyCriterion():
                return self._accuracy(criterion)

    @cached_property
    def _shapes(self) -> evidence.Shapes:
        return evidence.compare_shapes(self._seen.arrays or (), self._card.build())

    def _parameters(self, criterion: ParametersCriterion) -> _Finding:
        count = evidence.count_numbers(self._seen.arrays or ())
        expected, held = criterion.verdict(count)
        if self._seen.arrays is None:
            return _Finding(0.0, expected, "not known", _NO_NETWORK)
        advice = (
            "Check the width of every layer, and that none is missing or too many; "
            "sum(p.numel() for p in model.parameters()) counts them."
        )
        return _Finding(float(held), expected, f"{count:,}", "" if held else advice)

    def _architecture(self) -> _Finding:
        expected = f"the layers of {self._card.title}"
        if self._seen.arrays is None:
            return _Finding(0.0, expected, "not known", _NO_NETWORK)
        if self._shapes.match:
            return _Finding(1.0, expected, "the same layers")
        advice = f"Compare your layers with the assignment's: {self._shapes.difference}."
        return _Finding(0.0, expected, "different layers", advice)

    def _answers(self, criterion: AnswersCriterion) -> _Finding:
        expected = (
            "the assignment's network, given your weights, picks the class that you picked on at "
            f"least {criterion.at_least:.1%} of the images"
        )
        if self._seen.arrays is None:
            return _Finding(0.0, expected, "not known", _NO_NETWORK)
        if self._seen.answers is None:
            return _Finding(0.0, expected, "no answers", _NO_ANSWERS)
        if not self._shapes.match:
            advice = "This can only be checked for a network that has the assignment's layers."
            return _Finding(0.0, expected, "not comparable", advice)
        share = evidence.agreement(
            self._seen.arrays, self._seen.answers, self._card, self._data.test.inputs
        )
        if share >= criterion.at_least:
            return _Finding(1.0, expected, f"the same on {share:.1%}")
        advice = (
            "The assignment's network, given your weights, answers differently. Check activations "
            "and the order of layers, and that forward() uses nothing but its layers."
        )
        return _Finding(0.0, expected, f"the same on {share:.1%}", advice)

    def _accuracy(self, criterion: AccuracyCriterion) -> _Finding:
        curve = criterion.curve[self._data.source]
        expected = f"{curve.full_from:.1%} for all points, more than {curve.none_below:.1%} for any"
        if self._seen.answers is None:
            advice = _NO_NETWORK if self._seen.arrays is None else _NO_ANSWERS
            return _Finding(0.0, expected, "no answers", advice)
        found = evidence.accuracy(self._seen.answers, self._data.test.labels, criterion.confidence)
        share = curve(found.high) / criterion.points if criterion.points else 1.0
        measured = f"{found.value:.1%} ({found.correct} of {found.total})"
        advice = "" if share >= 1 else _accuracy_advice(found.value, self._card.classes)
        return _Finding(share, expected, measured, advice, (found.low, found.high))


def rule(rubric: Rubric, checks: tuple[Check, ...]) -> Ruling:
    """Add up the checks; a required one that is not met fails the submission whatever it earned."""
    unmet = [
        check.name
        for criterion, check in zip(rubric.criterion, checks, strict=True)
        if criterion.required and not check.met
    ]
    if unmet:
        return Ruling("failed", 0.0, f"{UNMET} {unmet[0]}")
    score = round(sum(check.points for check in checks), 2)
    if score >= rubric.pass_at * rubric.points:
        return Ruling("passed", score)
    lost = ", ".join(check.id for check in checks if not check.met)
    return Ruling("partial" if score > 0 else "failed", score, f"{LOST} {lost}")


def _accuracy_advice(value: float, classes: int) -> str:
    if value < 2 / classes:
        return (
            "This is close to guessing. Check that the weights were saved after training, and the "
            'scale of the images: submission.toml can say input_scale = "raw" (0 to 255) or '
            '"unit" (0 to 1).'
        )
    return (
        "Measure accuracy on your training images too. If it is as low, train longer or with "
        "another learning rate; if it is much higher, the network has learnt them by heart."
    )


def _withheld(finding: _Finding, needed: Check) -> _Finding:
    """Take the points away; where there were any, say why, but name no criterion that is hidden."""
    if finding.share == 0:
        return finding
    name = needed.name if needed.visibility == "visible" else "a criterion that is not shown here"
    advice = f"This earns points only once this is met: {name}."
    return replace(finding, share=0.0, advice=advice)


def _check(criterion: Criterion, finding: _Finding) -> Check:
    return Check(
        id=criterion.id,
        name=criterion.name,
        met=finding.share >= 1,
        points=round(finding.share * criterion.points, 2),
        most=criterion.points,
        expected=finding.expected,
        measured=finding.measured,
        interval=finding.interval,
        advice=finding.advice,
        visibility=criterion.visibility,
    )
