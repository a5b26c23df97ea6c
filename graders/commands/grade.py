"""`gradebench grade`: run and judge submissions."""

import signal
import sys
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, Literal

import click

from graders.commands.options import assignment_option, data_options, rubric_option, timeout_option
from graders.commands.parts import find_gradable, read_rubric, rubric_path

if TYPE_CHECKING:
    from graders.classroom import Graded
    from graders.examination import Examination
    from graders.lateness import Lateness
    from graders.rubric import Rubric
    from graders.sandbox import Sandbox

_UNGRADED = 1
_COLOURS = {"passed": "green", "partial": "yellow", "failed": "red", "ungraded": "magenta"}


@dataclass(frozen=True)
class Request:
    """The command line of `gradebench grade`, checked for form but not for sense."""

    submissions: tuple[Path, ...]
    assignment: str | None
    rubric: Path | None
    out: Path
    jobs: int
    executor: Literal["local"]
    data: Literal["embedded", "real"]
    data_root: Path | None
    download: bool
    timeout: int
    sandbox: Literal["auto", "bubblewrap", "landlock"]
    device: Literal["cpu", "cuda"]
    regrade: bool
    deadline: str | None
    submitted: Path | None


_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("submissions", nargs=-1, required=True, type=_PATH, metavar="SUBMISSION...")
@assignment_option
@rubric_option
@click.option("--out", type=_PATH, default="grades", show_default=True, help="Folder of results.")
@click.option(
    "--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="How many at a time."
)
@click.option(
    "--executor", type=click.Choice(["local"]), default="local", show_default=True, help="Where."
)
@data_options
@timeout_option()
@click.option(
    "--sandbox",
    type=click.Choice(["auto", "bubblewrap", "landlock"]),
    default="auto",
    show_default=True,
    help="The weakest isolation to accept; auto takes the strongest that holds here.",
)
@click.option(
    "--device",
    type=click.Choice(["cpu", "cuda"]),
    default="cpu",
    show_default=True,
    help="Where code computes; on cuda it reaches the GPU, through bubblewrap alone.",
)
@click.option("--regrade", is_flag=True, help="Grade again what has a grade already.")
@click.option("--deadline", metavar="TIME", help="When it was due: 2026-11-20T23:59+01:00.")
@click.option(
    "--submitted",
    type=_PATH,
    metavar="FILE",
    help="CSV table submission,submitted: when each came in.",
)
def grade(**options: Any) -> None:
    """Grade every SUBMISSION: a folder, an archive, code, weights, a whole model or predictions.

    Writes results.json for each, gradebook.csv, report.html and grades.db below --out. A stopped
    run goes on where it stopped.

    Exit status: 0 every submission got a verdict, 1 some are ungraded, 2 wrong call.
    """
    sys.exit(_run(Request(**options)))


def _run(request: Request) -> int:
    """Grade what is asked for, print a line a grade, write the exports; return the exit status."""
    from graders.classroom import grade_all
    from graders.export import write_reports, write_results
    from graders.store import open_store

    if request.device != "cpu" and request.jobs > 1:
        raise click.UsageError("--device cuda grades one at a time: a GPU's memory is not divided")
    _insist_on_submissions(request.submissions)
    exam, lateness = _prepare(request)
    click.echo(_heading(exam))
    verdicts = set()
    assignment = exam.conditions.assignment
    with exam.sandbox, open_store(request.out, assignment) as store, _interruptible():
        grades = grade_all(
            exam,
            request.submissions,
            store,
            jobs=request.jobs,
            regrade=request.regrade,
            lateness=lateness,
        )
        try:
            with closing(grades):
                for graded in _shown(grades, len(request.submissions)):
                    write_results(request.out, graded.standing or graded.grade)
                    verdicts.add(graded.grade.verdict)
        finally:
            write_reports(request.out, store.grades(exam.conditions))
    for warning in _warnings(request, exam):
        click.secho(f"note: {warning}", err=True, fg="yellow")
    click.echo(f"Results are in {request.out}")
    return _UNGRADED if "ungraded" in verdicts else 0


def _insist_on_submissions(sources: tuple[Path, ...]) -> None:
    """Refuse paths that lead to nothing: that is a wrong call, not a failed student.

    One empty folder among others is a student's who sent nothing; nothing but empty ones is not.
    """
    from graders.errors import SubmissionError

    for source in sources:
        if not source.exists():
            raise SubmissionError(f"there is no submission at {source}")
    if all(source.is_dir() and not any(source.iterdir()) for source in sources):
        raise SubmissionError(f"{sources[0]} is an empty folder: there is nothing to grade")


def _warnings(request: Request, exam: "Examination") -> Iterator[str]:
    """What is allowed, and rarely meant."""
    from graders.names import one_line
    from graders.submissions import whole_ones

    if exam.rubric.late and request.deadline is None:
        yield (
            "the rubric takes points for coming late, and without --deadline and --submitted "
            "nobody was late; give both in every run"
        )
    for source in request.submissions:
        if inside := whole_ones(source):
            yield (
                f"{one_line(str(source))} was graded as one submission, and there are several in "
                f"it ({inside[0]}, {inside[1]}): to grade each, name each, as with folder/*"
            )


def _prepare(request: Request) -> "tuple[Examination, Lateness | None]":
    """Look up and load all that a run needs, so that a wrong call ends before anything runs."""
    from graders.exam import Exam
    from graders.function_exam import FunctionExam
    from graders.sandbox import Limits
    from reference_models import ModelCard
    from reference_models.data import data_root, load_dataset

    part = find_gradable(request.assignment, request.rubric)
    rubric = read_rubric(rubric_path(request.rubric, part), part, request.data)
    lateness = _lateness(request, rubric)
    root = request.data_root or data_root()
    limits = Limits(wall_seconds=request.timeout)
    if not isinstance(part, ModelCard):
        _make_folder(request.out)
        return FunctionExam(part, rubric, _sandbox(request, root), limits), lateness
    data = load_dataset(part.dataset, request.data, root, download=request.download)
    _make_folder(request.out)
    return Exam(part, rubric, data, _sandbox(request, root), limits), lateness


def _sandbox(request: Request, data: Path) -> "Sandbox":
    """Open the sandbox that is asked for; that a GPU cannot be had is the caller's to mend."""
    from graders.errors import SandboxError
    from graders.sandbox import open_sandbox

    found = open_sandbox(_secret_paths(request, data), request.sandbox, request.device)
    if request.device != "cpu" and not found.holds:
        raise SandboxError(f"--device {request.device}: {found.reason}")
    return found


def _lateness(request: Request, rubric: "Rubric") -> "Lateness | None":
    """Read the deadline and the times, if they are given: both, or neither."""
    from graders.errors import LatenessError
    from graders.lateness import read_lateness

    if request.deadline is None and request.submitted is None:
        return None
    if request.deadline is None or request.submitted is None:
        raise LatenessError("give --deadline and --submitted together")
    lateness = read_lateness(request.deadline, request.submitted, rubric)
    lateness.insist_on_all(request.submissions)
    return lateness


def _make_folder(out: Path) -> None:
    """Make the folder of results before anything runs; raise StoreError if that cannot be."""
    from graders.errors import StoreError

    try:
        out.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise StoreError(f"cannot write results to {out}: {error.strerror}") from error


def _heading(exam: "Examination") -> str:
    judged = exam.conditions
    return f"{judged.assignment} on {judged.test}\nSandbox: {judged.sandbox}\n"


def _secret_paths(request: Request, data: Path) -> list[Path]:
    """List what no child may see, even where it lies below a folder that Python needs."""
    rubrics = [request.rubric] if request.rubric else []
    return [Path.cwd(), data, request.out, *rubrics, *request.submissions]


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let a polite kill end a run the way Ctrl-C does: sandboxes ended, finished grades kept."""
    earlier = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, earlier)


def _shown(grades: "Generator[Graded]", total: int) -> "Generator[Graded]":
    """Print a line a grade, and on a terminal a progress bar below them."""
    from tqdm import tqdm

    with tqdm(total=total, unit="submission", disable=None, leave=False) as bar:
        for graded in grades:
            with tqdm.external_write_mode():
                click.echo(_line(graded))
            bar.update()
            yield graded


def _line(graded: "Graded") -> str:
    grade = graded.grade
    score = "no score" if grade.score is None else f"{grade.score:g} of {grade.most:g}"
    verdict = click.style(f"{grade.verdict:<8}", fg=_COLOURS[grade.verdict])
    parts = [f"{verdict}  {score:>10}  {grade.name}"]
    if grade.reason:
        parts.append(f": {grade.reason}")
    if graded.reused:
        parts.append(" (graded before)")
    return "".join(parts)
