"""Options that several commands share."""

from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Any

import click

_OPTIONS = (
    click.option(
        "--data",
        type=click.Choice(["embedded", "real"]),
        default="embedded",
        show_default=True,
        help="Data source.",
    ),
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
