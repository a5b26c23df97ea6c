"""`gradebench autograder`: the zip file that makes Gradescope grade with gradebench."""

from importlib.metadata import version
from pathlib import Path
from typing import Literal

import click

from graders.commands.options import assignment_option, data_option, rubric_option, timeout_option
from graders.commands.parts import find_gradable, read_rubric, rubric_path

_PATH = click.Path(path_type=Path)


@click.command()
@assignment_option
@rubric_option
@data_option("; real images are downloaded when Gradescope builds its image")
@click.option(
    "--wheel",
    type=_PATH,
    metavar="FILE",
    help="Install gradebench from this wheel [default: this version, from the package index].",
)
@timeout_option("; Gradescope's own limit must be longer")
@click.option(
    "--out", type=_PATH, default="autograder.zip", show_default=True, help="The zip file."
)
def autograder(
    assignment: str | None,
    rubric: Path | None,
    data: Literal["embedded", "real"],
    wheel: Path | None,
    timeout: int,
    out: Path,
) -> None:
    """Write the zip file to upload as a Gradescope assignment's autograder."""
    from graders.export.autograder import Autograder
    from graders.export.files import write_bytes
    from reference_models import ModelCard

    part = find_gradable(assignment, rubric)
    path = rubric_path(rubric, part)
    read = read_rubric(path, part, data)
    grader = Autograder(
        assignment=part.id,
        dataset=part.dataset if isinstance(part, ModelCard) else "",
        rubric=path.read_bytes(),
        data=data if isinstance(part, ModelCard) else "embedded",
        timeout=timeout,
        version=version("gradebench"),
        wheel=wheel,
    )
    write_bytes(out, grader.zipped())
    if read.late:
        late = "Gradescope's own late policy must do it; the rubric's [late] is not applied there"
        click.secho(f"note: {late}", err=True, fg="yellow")
    click.echo(f"{out}: {read.title}, {data} data, gradebench from {wheel or 'the package index'}")
