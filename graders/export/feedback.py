"""What a student reads: what was expected, what was measured, how sure that is, what to try.

Only criteria that the rubric calls visible are spoken of outside their own place, and a total only
where all of them are: it would tell what a hidden one came to.
"""

from graders.export.text import points
from graders.grade import Check, Grade
from graders.judge import LOST, UNMET
from graders.names import printable

_BY_HAND = (
    "This submission could not be graded automatically. That is not a zero: your instructor will "
    "look at it."
)
_REQUIRED = "The whole submission earns nothing without a criterion that it does not meet:"
_NOT_ALL = "Not all criteria are shown here."


def summary(grade: Grade) -> str:
    """Return a few lines about the whole submission, plain text."""
    judged = grade.conditions
    if grade.score is None:
        return _BY_HAND
    lines = [
        *_outcome(grade, grade.score),
        *([grade.found] if grade.found else []),
        f"The test: {judged.test}.",
        f"How your code was run: {judged.sandbox}.",
    ]
    return printable("\n".join(lines))


def explanation(check: Check) -> str:
    """Return a few lines about one criterion, plain text."""
    lines = [f"Expected: {check.expected}", f"Measured: {check.measured}"]
    if check.interval is not None:
        low, high = check.interval
        lines.append(
            f"A test of this size cannot tell that from anything between {low:.1%} and {high:.1%}; "
            f"the upper end, {high:.1%}, is what counts for you."
        )
    if check.advice:
        lines.append(f"Advice: {check.advice}")
    return printable("\n".join(lines))


def comments(grade: Grade) -> str:
    """Return all that a student may read about a grade as one plain text."""
    shown = [check for check in grade.checks if check.visibility == "visible"]
    parts = [
        f"{printable(check.name)}: {points(check.points)} of {points(check.most)} points\n"
        f"{explanation(check)}"
        for check in shown
    ]
    return "\n\n".join([summary(grade), *parts])


def _outcome(grade: Grade, score: float) -> list[str]:
    """Say what stopped the submission, if anything did, and the score where that may be told."""
    lost = [check.name for check in grade.checks if not check.met and check.visibility == "visible"]
    all_shown = all(check.visibility == "visible" for check in grade.checks)
    lines = [f"{points(score)} of {points(grade.most)} points."] if all_shown else []
    if grade.reason.startswith(UNMET):
        lines += [f"{_REQUIRED} {grade.reason.removeprefix(UNMET).strip()}."] if all_shown else []
    elif grade.reason and not grade.reason.startswith(LOST):
        lines.append(f"What stopped your submission: {grade.reason}.")
    if lost:
        lines.append(f"Points were lost on: {'; '.join(lost)}.")
    return lines if all_shown else [*lines, _NOT_ALL]
