"""`gradebench figures`: every reported figure beside what has been measured, from the records."""

from pathlib import Path

import click

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option(
    "--results",
    type=_PATH,
    default="results/reproduction.json",
    show_default=True,
    help="What `gradebench reproduce` wrote.",
)
@click.option("--out", type=_PATH, metavar="FILE", help="Write the page there instead of printing.")
def figures(ids: tuple[str, ...], results: Path, out: Path | None) -> None:
    """Print a page of every figure that the reports print, with ours beside it.

    ID is an experiment, a model or an assignment; none means all. A figure that has not been
    measured on the report's data and budget has a row too, and says so.
    """
    from benchmarks.reproduction import page, read_records
    from reference_models import experiments_of

    text = page(experiments_of(ids), read_records(results))
    if out is None:
        click.echo(text, nl=False)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, "utf-8")
