from pathlib import Path

import click
from click.testing import CliRunner

from graders.commands.options import data_options


@click.command()
@data_options
def show(data: str, data_root: Path | None, *, download: bool) -> None:
    click.echo(f"{data} {data_root} {download}")


def test_embedded_data_without_a_download_is_the_default() -> None:
    assert CliRunner().invoke(show).output == "embedded None False\n"


def test_a_source_and_a_root_are_handed_on(tmp_path: Path) -> None:
    call = CliRunner().invoke(show, ["--data", "real", "--data-root", str(tmp_path), "--download"])
    assert call.output == f"real {tmp_path} True\n"


def test_an_unknown_source_is_a_wrong_call() -> None:
    call = CliRunner().invoke(show, ["--data", "imaginary"])
    assert call.exit_code == 2
    assert "'imaginary' is not one of" in call.output
