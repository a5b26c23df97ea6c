"""All grades as one CSV table, safe to open in a spreadsheet."""

import csv
import io
import unicodedata
from collections.abc import Sequence

from graders.grade import Grade

_COLUMNS = ("submission", "student", "verdict", "score", "out_of", "data", "sandbox", "reason")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def gradebook(grades: Sequence[Grade]) -> str:
    """Return a CSV text (RFC 4180) with one row a grade and one column a criterion.

    The score of an ungraded submission is empty, not zero.
    """
    criteria = list(dict.fromkeys(check.id for grade in grades for check in grade.checks))
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow([*_COLUMNS, *criteria])
    for grade in grades:
        points = {check.id: f"{check.points:g}" for check in grade.checks}
        table.writerow(_row(grade) + [points.get(criterion, "") for criterion in criteria])
    return text.getvalue()


def _row(grade: Grade) -> list[str]:
    score = "" if grade.score is None else f"{grade.score:g}"
    judged = grade.conditions
    return [
        as_text(grade.name),
        as_text(grade.student),
        *(grade.verdict, score, f"{grade.most:g}", judged.source, judged.sandbox),
        as_text(grade.reason),
    ]


def as_text(cell: str) -> str:
    """Return `cell` so that no spreadsheet takes it for a formula: a quote goes before it.

    Some programs skip leading blanks and read full-width signs as plain ones.
    """
    seen = unicodedata.normalize("NFKC", cell)
    risky = seen.startswith(_FORMULA_STARTS) or seen.lstrip().startswith(_FORMULA_STARTS)
    return f"'{cell}" if risky else cell
