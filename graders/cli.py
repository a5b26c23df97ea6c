"""The `gradebench` command: grade submissions, look at models, check files."""

import sys
from typing import NoReturn

import click

from graders.commands.autograder import autograder
from graders.commands.check import check
from graders.commands.compare import compare
from graders.commands.doctor import doctor
from graders.commands.evaluate import evaluate
from graders.commands.export import export
from graders.commands.figures import figures
from graders.commands.grade import grade
from graders.commands.models import models
from graders.commands.report import report
from graders.commands.reproduce import reproduce
from graders.commands.rubric import rubric
from graders.commands.show import show
from graders.commands.turns import turns
from graders.commands.validate import validate
from graders.commands.verdicts import STOPPED
from graders.names import one_line

_WRONG_CALL = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gradebench", message="%(prog)s %(version)s")
def cli() -> None:
    """Benchmarks and graders for deep-learning coursework."""


cli.add_command(autograder)
cli.add_command(check)
cli.add_command(compare)
cli.add_command(doctor)
cli.add_command(evaluate)
cli.add_command(export)
cli.add_command(figures)
cli.add_command(grade)
cli.add_command(models)
cli.add_command(report)
cli.add_command(reproduce)
cli.add_command(rubric)
cli.add_command(show)
cli.add_command(turns)
cli.add_command(validate)


def main() -> None:
    """Run the command line; what the caller can mend is one line on stderr and exit status 2.

    Ctrl-C ends in one line and exit status 130: 1 means that a submission got no verdict.
    """
    try:
        status = cli.main(prog_name="gradebench", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _give_up(
            "stopped; what was finished is kept, and the same call goes on from there", STOPPED
        )
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        _give_up(f"{error.strerror or error}{where}")
    except Exception as error:
        from reference_models import GradebenchError  # torch comes with it: not before it is needed

        if not isinstance(error, GradebenchError):
            raise
        _give_up(str(error))
    sys.exit(status if isinstance(status, int) else 0)


def _give_up(reason: str, status: int = _WRONG_CALL) -> NoReturn:
    click.echo(f"gradebench: error: {one_line(reason, longest=2000)}", err=True)
    sys.exit(status)
