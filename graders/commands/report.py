"""`gradebench report`: benchmark JSON as tables, pictures and a page."""

from pathlib import Path

import click


@click.command()
@click.argument(
    "results", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="JSON..."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="report",
    show_default=True,
    help="Folder of the report.",
)
def report(results: tuple[Path, ...], out: Path) -> None:
    """Make tables, pictures and one HTML page of what `pytest benchmarks/` measured.

    Several files are several runs; speeds are set against the first one's.
    """
    from benchmarks.report import write_report

    page, *others = write_report(list(results), out)
    click.echo(f"{page}, and beside it {', '.join(path.name for path in others)}")
