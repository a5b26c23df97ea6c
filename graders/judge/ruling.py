"""From checks to a verdict and a score."""

from dataclasses import dataclass

from graders.grade import Check, Verdict
from graders.rubric import Rubric

LOST = "points lost on"
"""How the reason of a grade begins where the checks say the rest; ids follow."""
UNMET = "required, and not met:"
"""How it begins where one criterion decided everything; that one's name follows."""


@dataclass(frozen=True)
class Ruling:
    """A verdict, its score (None when ungraded) and, where the checks do not tell, its reason."""

    verdict: Verdict
    score: float | None
    reason: str = ""


def rule(rubric: Rubric, checks: tuple[Check, ...]) -> Ruling:
    """Add up the checks.

    A required one that is not met fails the submission whatever it earned; one with a cap lets it
    have no more than that.
    """
    pairs = list(zip(rubric.criterion, checks, strict=True))
    unmet = [check.name for criterion, check in pairs if criterion.required and not check.met]
    if unmet:
        return Ruling("failed", 0.0, f"{UNMET} {unmet[0]}")
    earned = round(sum(check.points for check in checks), 2)
    caps = {
        check.id: criterion.cap
        for criterion, check in pairs
        if criterion.cap is not None and not check.met and criterion.cap < earned
    }
    score = min((earned, *caps.values()))
    verdict = verdict_of(rubric, score)
    if verdict == "passed":
        return Ruling(verdict, score)
    reason = f"{LOST} {', '.join(check.id for check in checks if not check.met)}"
    if caps:
        lowest = min(caps, key=lambda each: caps[each])
        reason += f"; {earned:g} points came to {score:g}, the most without '{lowest}'"
    return Ruling(verdict, score, reason)


def verdict_of(rubric: Rubric, score: float) -> Verdict:
    """Return what a score is worth by the rubric's pass mark."""
    if score >= rubric.pass_at * rubric.points:
        return "passed"
    return "partial" if score > 0 else "failed"
