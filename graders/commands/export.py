"""`gradebench export`: grades of an earlier run in the forms that other programs read."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

if TYPE_CHECKING:
    from graders.export.merged import Merged
    from graders.export.roster import Roster
    from graders.grade import Grade

Form = Literal["canvas", "moodle", "junit", "csv", "html"]

_LEFT_OUT = 1
_FILES: dict[Form, str] = {
    "canvas": "canvas.csv",
    "moodle": "moodle.csv",
    "junit": "junit.xml",
    "csv": "gradebook.csv",
    "html": "report.html",
}
_PATH = click.Path(path_type=Path)


@dataclass(frozen=True)
class Request:
    """The command line of `gradebench export`, checked for form but not for sense."""

    folder: Path
    form: Form
    roster: Path | None
    column: str
    worth: float | None
    out: Path | None

    @property
    def target(self) -> Path:
        """The file to write."""
        return self.out or self.folder / _FILES[self.form]


@click.command()
@click.argument("folder", type=_PATH)
@click.option("--to", "form", required=True, type=click.Choice(list(_FILES)), help="What to write.")
@click.option(
    "--roster",
    type=_PATH,
    metavar="FILE",
    help="CSV with the students, exported from Canvas or Moodle.",
)
@click.option(
    "--column",
    default="",
    metavar="TITLE",
    help="Canvas: the assignment's title, number or both [default: a new column].",
)
@click.option(
    "--points",
    "worth",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help="Convert scores: N for all points [default: the rubric's points].",
)
@click.option("--out", type=_PATH, metavar="FILE", help="Where to [default: into FOLDER].")
def export(**options: Any) -> None:
    """Write the grades in FOLDER, where `gradebench grade` left them, for another program.

    canvas and moodle fill the scores into --roster and leave all else in it as it is. Whoever could
    not be matched, or has no score, is named on stderr; an ungraded submission's cell is left
    alone, never zero.

    Exit status: 0 every grade is in the file, 1 some are not, 2 wrong call.
    """
    sys.exit(_run(Request(**options)))


def _run(request: Request) -> int:
    from graders.export.files import write_text
    from graders.store import read_grades

    _check(request)
    standing = read_grades(request.folder)
    read = len(standing.grades)
    left_out = [f"graded by another rubric or on other data: {name}" for name in standing.left_out]
    if request.roster is not None:
        merged = _merged(request, request.roster, standing.grades)
        left_out += merged.left_out
        _tell("sent nothing, or nothing that was matched", merged.absent)
        filled = f"{read - len(merged.left_out)} of {read}"
        text, where = merged.text, f", column '{merged.column}'"
    else:
        text, where, filled = _writers()[request.form](standing.grades), "", str(read)
    write_text(request.target, text)
    _tell("not in the file", left_out)
    click.echo(f"{filled} grades written to {request.target}{where}")
    return _LEFT_OUT if left_out else 0


def _check(request: Request) -> None:
    """Refuse options that do not belong together."""
    from graders.errors import ExportError

    merging = request.form in {"canvas", "moodle"}
    if merging and request.roster is None:
        raise ExportError(
            f"--to {request.form} needs --roster: the CSV that {request.form.title()} exports"
        )
    if not merging and (request.roster or request.worth):
        raise ExportError(f"--roster and --points are for canvas and moodle, not {request.form}")
    if request.column and request.form != "canvas":
        raise ExportError(f"--column is for canvas, not {request.form}")
    if request.roster and request.target.exists() and request.target.samefile(request.roster):
        raise ExportError(f"{request.roster} would be overwritten: name another file with --out")


def _merged(request: Request, path: Path, grades: "Sequence[Grade]") -> "Merged":
    from graders.export.canvas import canvas
    from graders.export.moodle import moodle
    from graders.export.roster import read_roster

    roster: Roster = read_roster(path)
    if request.form == "canvas":
        return canvas(roster, grades, request.column, request.worth)
    return moodle(roster, grades, request.worth)


def _writers() -> "dict[Form, Callable[[Sequence[Grade]], str]]":
    """The forms that need no roster."""
    from graders.export.gradebook import gradebook
    from graders.export.junit import junit
    from graders.export.page import page

    return {"junit": junit, "csv": gradebook, "html": page}


def _tell(what: str, lines: Sequence[str]) -> None:
    """List on stderr what a person must know, one a line."""
    if lines:
        click.echo("\n  ".join([f"{what} ({len(lines)}):", *lines]), err=True)
