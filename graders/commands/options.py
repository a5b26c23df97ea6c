"""Options that several commands share."""

from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

assignment_option = click.option(
    "--assignment",
    metavar="ID",
    help="Id of a model or function: dat565/lenet [default: what --rubric is for].",
)

rubric_option = click.option(
    "--rubric",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="TOML rubric [default: the bundled one].",
)

budget_option = click.option(
    "--budget",
    type=click.Choice(["quick", "paper"]),
    default="quick",
    show_default=True,
    help="How long to train. quick: an epoch or a few; paper: what the report did.",
)


def timeout_option(note: str = "") -> Decorator:
    """Add `--timeout` to a command, with a note after its help."""
    return click.option(
        "--timeout",
        type=click.IntRange(1, 86_400),
        default=120,
        show_default=True,
        metavar="S",
        help=f"Seconds for one submission{note}.",
    )


def data_option(note: str = "") -> Decorator:
    """Add `--data` to a command, with a note after its help."""
    return click.option(
        "--data",
        type=click.Choice(["embedded", "real"]),
        default="embedded",
        show_default=True,
        help=f"Data source{note}.",
    )


_OPTIONS = (
    data_option(),
    click.option(
        "--data-root",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Folder of the real data sets [default: GRADEBENCH_DATA].",
    ),
    click.option("--download", is_flag=True, help="Fetch real data that is missing."),
)


def data_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--data`, `--data-root` and `--download` to a command."""
    return reduce(lambda decorated, option: option(decorated), reversed(_OPTIONS), command)
