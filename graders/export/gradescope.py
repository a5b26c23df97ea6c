"""One grade as Gradescope's results.json."""

from typing import Any

from graders.export.feedback import explanation, summary
from graders.grade import Check, Grade
from graders.names import printable

Json = dict[str, Any]


def results(grade: Grade) -> Json:
    """Return the document that Gradescope reads; every text in it is plain text.

    Gradescope knows no "ungraded": such a submission has no score, which it shows as an error of
    the autograder, so that a person looks. Students see no `extra_data`.
    """
    document: Json = {
        "execution_time": grade.seconds,
        "output": summary(grade),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {
            "verdict": grade.verdict,
            "reason": printable(grade.reason),
            "found": printable(grade.found),
            "digest": grade.digest,
            "seed": grade.seed,
            "conditions": grade.conditions.model_dump(),
            "printed": printable(grade.printed),
        },
        "tests": [_test(number, check) for number, check in enumerate(grade.checks, start=1)],
    }
    if grade.score is not None:
        document["score"] = grade.score
    return document


def _test(number: int, check: Check) -> Json:
    return {
        "number": str(number),
        "name": printable(check.name),
        "name_format": "text",
        "score": check.points,
        "max_score": check.most,
        "status": "passed" if check.met else "failed",
        "output": explanation(check),
        "output_format": "text",
        "visibility": check.visibility,
        "extra_data": {
            "id": check.id,
            "interval": check.interval,
            "timing": check.timing.model_dump() if check.timing else None,
        },
    }
