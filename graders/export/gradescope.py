"""One grade as Gradescope's results.json."""

from typing import Any

from graders.grade import Check, Grade

Json = dict[str, Any]


def results(grade: Grade) -> Json:
    """Return the document that Gradescope reads; every text in it is plain text.

    Gradescope knows no "ungraded": such a submission has no score, which it shows as an error of
    the autograder, so that a person looks.
    """
    document: Json = {
        "execution_time": grade.seconds,
        "output": _summary(grade),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {
            "verdict": grade.verdict,
            "digest": grade.digest,
            "conditions": grade.conditions.model_dump(),
            "printed": grade.printed,
        },
        "tests": [_test(number, check) for number, check in enumerate(grade.checks, start=1)],
    }
    if grade.score is not None:
        document["score"] = grade.score
    return document


def _summary(grade: Grade) -> str:
    judged = grade.conditions
    lines = [
        f"{grade.verdict}: {grade.reason}" if grade.reason else grade.verdict,
        f"Judged on {judged.test_samples} images of {judged.dataset} ({judged.source} data).",
        f"Sandbox: {judged.sandbox}.",
    ]
    return "\n".join(lines)


def _test(number: int, check: Check) -> Json:
    return {
        "number": str(number),
        "name": check.name,
        "name_format": "text",
        "score": check.points,
        "max_score": check.most,
        "status": "passed" if check.met else "failed",
        "output": "\n".join(_lines(check)),
        "output_format": "text",
        "visibility": check.visibility,
        "extra_data": {"id": check.id, "interval": check.interval},
    }


def _lines(check: Check) -> list[str]:
    lines = [f"Expected: {check.expected}", f"Measured: {check.measured}"]
    if check.interval is not None:
        low, high = check.interval
        lines.append(f"Sure to within {low:.1%} and {high:.1%}; the higher one counts.")
    return [*lines, check.advice] if check.advice else lines
