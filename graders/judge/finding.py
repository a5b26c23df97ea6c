"""What one criterion came to, and how it becomes a check."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from graders.grade import Check, Timing
from graders.rubric import Criterion, Rubric


@dataclass(frozen=True)
class Finding:
    """A share of a criterion's points; advice where some were lost.

    `interval` bounds what was measured where it is a share of a finite sample, `timing` says what a
    ratio of times comes from.
    """

    share: float
    expected: str
    measured: str
    advice: str = ""
    interval: tuple[float, float] | None = None
    timing: Timing | None = None


def judge_all(rubric: Rubric, find: Callable[[Criterion], Finding]) -> tuple[Check, ...]:
    """Judge every criterion in order; one whose needs are not met earns nothing."""
    checks: dict[str, Check] = {}
    for criterion in rubric.criterion:
        finding = find(criterion)
        for need in criterion.needs:
            if not checks[need].met:
                finding = _withheld(finding, checks[need])
        checks[criterion.id] = _check(criterion, finding)
    return tuple(checks.values())


def _withheld(finding: Finding, needed: Check) -> Finding:
    """Take the points away; where there were any, say why, but name no criterion that is hidden."""
    if finding.share == 0:
        return finding
    name = needed.name if needed.visibility == "visible" else "a criterion that is not shown here"
    advice = f"This earns points only once this is met: {name}."
    return replace(finding, share=0.0, advice=advice)


def _check(criterion: Criterion, finding: Finding) -> Check:
    met = finding.share >= 1
    advice = finding.advice
    if not met and criterion.cap is not None:
        cap = f"Until this is met, the whole is worth at most {criterion.cap:g} points."
        advice = f"{advice} {cap}".strip()
    return Check(
        id=criterion.id,
        name=criterion.name,
        met=met,
        points=round(finding.share * criterion.points, 2),
        most=criterion.points,
        expected=finding.expected,
        measured=finding.measured,
        interval=finding.interval,
        timing=finding.timing,
        advice=advice,
        visibility=criterion.visibility,
    )
