"""How late a submission is, by a table of times, and what that costs by its rubric."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from graders.errors import LatenessError
from graders.grade import Check, Grade
from graders.judge import LOST, verdict_of
from graders.names import one_line, plain_stem
from graders.rubric import Late, Rubric

_COLUMNS = ("submission", "submitted")
_LATE = "late"
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Lateness:
    """A deadline, when each submission came in, and what the rubric takes for coming late.

    A copied file's own time says nothing, so the times are a table's.
    """

    due: datetime
    submitted: Mapping[str, datetime]
    terms: Late

    def hours(self, source: Path) -> float:
        """Hours after the deadline at which `source` came in, 0 for one in time.

        A submission goes by its file's name, with or without an ending. Raises LatenessError for
        one that the table does not know.
        """
        for name in (source.name, plain_stem(source), source.stem):
            if name in self.submitted:
                return max(0.0, (self.submitted[name] - self.due) / _HOUR)
        raise LatenessError(f"the table of times has no submission '{one_line(source.name)}'")

    def insist_on_all(self, sources: Sequence[Path]) -> None:
        """Raise LatenessError unless the table knows when each of `sources` came in."""
        for source in sources:
            self.hours(source)

    def applied(self, grade: Grade, rubric: Rubric, hours: float) -> Grade:
        """Return `grade` less what it costs to be so late; one without points has none to lose."""
        penalty = self.terms.penalty(hours)
        if not penalty or not grade.score:
            return grade
        score = round(max(0.0, grade.score - penalty), 2)
        lost = round(grade.score - score, 2)
        late = Check(
            id=_LATE,
            name="Handed in on time",
            met=False,
            points=-lost,
            most=0,
            expected=f"by {self.due.isoformat(' ', 'minutes')}",
            measured=f"{hours:.1f} hours late",
            advice=f"Each day that has begun costs {self.terms.points_per_day:g} points.",
        )
        reason = f"{grade.reason}, {_LATE}" if grade.reason.startswith(LOST) else grade.reason
        return grade.model_copy(
            update={
                "score": score,
                "verdict": verdict_of(rubric, score),
                "checks": (*grade.checks, late),
                "reason": reason or f"{LOST} {_LATE}",
            }
        )


def read_lateness(deadline: str, table: Path, rubric: Rubric) -> Lateness:
    """Read a deadline and a CSV table `submission,submitted`, both in ISO 8601.

    A deadline without an offset is in this machine's time zone, a time without one in the
    deadline's. Raises LatenessError, naming the line, and where the rubric has no word on it.
    """
    if rubric.late is None:
        raise LatenessError(f"the rubric of {rubric.assignment} has no [late] table")
    due = _time(deadline, "--deadline")
    due = due if due.tzinfo else due.astimezone()
    submitted: dict[str, datetime] = {}
    for line, row in _rows(table):
        name = (row.get(_COLUMNS[0]) or "").strip()
        when = _time((row.get(_COLUMNS[1]) or "").strip(), f"{table}: line {line}: submitted")
        if not name:
            raise LatenessError(f"{table}: line {line}: there is no submission")
        if name in submitted:
            raise LatenessError(f"{table}: line {line}: '{one_line(name)}' is there twice")
        submitted[name] = when if when.tzinfo else when.replace(tzinfo=due.tzinfo)
    return Lateness(due, submitted, rubric.late)


def _rows(table: Path) -> list[tuple[int, dict[str, str | None]]]:
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [one for one in _COLUMNS if one not in (reader.fieldnames or ())]
            if missing:
                raise LatenessError(f"{table}: line 1: there is no column '{missing[0]}'")
            return [(reader.line_num, dict(row)) for row in reader]
    except OSError as error:
        raise LatenessError(f"{table}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise LatenessError(f"{table}: no CSV table in UTF-8: {one_line(str(error))}") from error


def _time(text: str, where: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise LatenessError(
            f"{where}: {one_line(text)!r} is no time; write 2026-11-20T23:59+01:00"
        ) from error
