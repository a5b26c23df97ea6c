"""All grades as one CSV table, safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Sequence

from graders.export.text import as_cell, points
from graders.grade import Grade

_COLUMNS = ("submission", "student", "verdict", "score", "out_of", "data", "sandbox", "reason")


def gradebook(grades: Sequence[Grade]) -> str:
    """Return a CSV text (RFC 4180) with one row a grade and one column a criterion.

    The score of an ungraded submission is empty, not zero.
    """
    criteria = list(dict.fromkeys(check.id for grade in grades for check in grade.checks))
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow([*_COLUMNS, *criteria])
    for grade in grades:
        earned = {check.id: points(check.points) for check in grade.checks}
        table.writerow(_row(grade) + [earned.get(criterion, "") for criterion in criteria])
    return text.getvalue()


def _row(grade: Grade) -> list[str]:
    score = "" if grade.score is None else points(grade.score)
    judged = grade.conditions
    return [
        as_cell(grade.name),
        as_cell(grade.student),
        *(grade.verdict, score, points(grade.most), judged.source, judged.sandbox),
        as_cell(grade.reason),
    ]
