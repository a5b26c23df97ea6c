"""`gradebench validate`: check benchmark files against their schema."""

from pathlib import Path

import click


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE..."
)
def validate(files: tuple[Path, ...]) -> None:
    """Check every FILE that `pytest benchmarks/ --benchmark-json` wrote."""
    from benchmarks import schema

    for file in files:
        count = schema.validate(file)
        click.echo(f"{file}: valid, {count} benchmarks")
