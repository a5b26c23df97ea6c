"""`gradebench check`: what a student can find out before submitting."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from graders.commands.options import assignment_option, rubric_option, timeout_option
from graders.commands.parts import find_gradable, rubric_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from graders.examination import Examination
    from graders.parts import Part
    from graders.rehearsal import Rehearsal
    from graders.rubric import Rubric
    from graders.sandbox import Sandbox

_WRONG = 1
_COLOURS = {"ok": "green", "wrong": "red", "seen": "blue"}
_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("submission", type=_PATH, metavar="SUBMISSION")
@assignment_option
@rubric_option
@timeout_option()
def check(submission: Path, assignment: str | None, rubric: Path | None, timeout: int) -> None:
    """Look at SUBMISSION as its grading will, as far as that is no secret.

    Form, code, shapes and the criteria that students see, on the embedded images. It gives no
    points: a grade is given on other data.

    Exit status: 0 nothing wrong was found, 1 something is wrong, 2 wrong call.
    """
    from graders.errors import SubmissionError
    from graders.rubric import load_rubric
    from graders.sandbox import open_sandbox

    part = find_gradable(assignment, rubric)
    whole = load_rubric(rubric_path(rubric, part))
    if not submission.exists():
        raise SubmissionError(f"there is no submission at {submission}")
    exam = _exam(part, whole, timeout)
    with open_sandbox([Path.cwd(), submission]) as sandbox:
        try:
            found = _look(submission, part, whole, exam(sandbox))
        except SubmissionError as error:
            click.echo(f"{_marked('wrong')} {error}")
            sys.exit(_WRONG)
    for remark in found.remarks:
        click.echo(f"{_marked(remark.mark)} {remark.text}")
    click.echo(f"Not checked: {'; '.join(found.unchecked)}.")
    if not found.fine:
        sys.exit(_WRONG)


def _look(source: Path, part: "Part", whole: "Rubric", exam: "Examination") -> "Rehearsal":
    from graders.rehearsal import public_part, read_only, rehearse

    sandbox = exam.sandbox
    with exam.open(source) as submission:
        click.echo(f"{part.id}: {submission.found}")
        if public_part(whole) is None or not sandbox.holds:
            click.echo(
                f"Your code was not run: {sandbox.reason or 'nothing of its grading is public'}"
            )
            return read_only(submission, submission.entry.builder or _wanted(part), whole)
        click.echo(f"Run on {exam.conditions.test}, in a sandbox: {sandbox.level}.")
        return rehearse(exam, submission, whole)


def _exam(part: "Part", whole: "Rubric", timeout: int) -> "Callable[[Sandbox], Examination]":
    """Get all ready but the sandbox, which can only hide labels that are there."""
    from graders.exam import Exam
    from graders.function_exam import FunctionExam
    from graders.parts import insist_on_fit
    from graders.rehearsal import public_part
    from graders.sandbox import Limits
    from reference_models import ModelCard
    from reference_models.data import load_dataset

    insist_on_fit(whole, part)
    limits, public = Limits(wall_seconds=timeout), public_part(whole) or whole
    if not isinstance(part, ModelCard):
        return lambda sandbox: FunctionExam(part, public, sandbox, limits)
    data = load_dataset(part.dataset)
    return lambda sandbox: Exam(part, public, data, sandbox, limits)


def _wanted(part: "Part") -> str:
    from graders.exercises import Exercise

    return part.function if isinstance(part, Exercise) else "build_model"


def _marked(mark: str) -> str:
    return click.style(f"{mark:<5}", fg=_COLOURS[mark])
