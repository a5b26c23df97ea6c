"""`gradebench reproduce`: train the experiments of a report and set its figures beside ours."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from graders.commands.options import data_options
from graders.commands.tables import table

if TYPE_CHECKING:
    from benchmarks.reproduction import Comparison, Reproduction
    from reference_models import Experiment

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("experiments", nargs=-1, metavar="[ID]...")
@data_options
@click.option(
    "--budget",
    type=click.Choice(["quick", "paper"]),
    default="quick",
    show_default=True,
    help="quick: an epoch or a few; paper: what the report did.",
)
@click.option(
    "--device",
    type=click.Choice(["cpu", "cuda"]),
    default="cpu",
    show_default=True,
    help="Where to train.",
)
@click.option(
    "--out", type=_PATH, default="results", show_default=True, help="Folder of reproduction.json."
)
def reproduce(
    experiments: tuple[str, ...],
    data: Literal["embedded", "real"],
    data_root: Path | None,
    *,
    download: bool,
    budget: Literal["quick", "paper"],
    device: str,
    out: Path,
) -> None:
    """Train the experiments called ID (all by default) and print reported figures beside ours.

    A stopped run goes on after its last finished epoch. Figures stand beside the report's only with
    --budget paper and --data real; others are shown alone.
    """
    from benchmarks import reproduction
    from benchmarks.device import insist_on
    from reference_models import experiments as every
    from reference_models import find_experiment, find_model
    from reference_models.data import load_dataset

    insist_on(device)

    for experiment in [find_experiment(each) for each in experiments] or every():
        card = find_model(experiment.arms[0].model)
        dataset = load_dataset(card.dataset, data, data_root, download=download)
        name = f"{experiment.id.replace('/', '-')}-{data}-{budget}-{device}"
        checkpoint = out / "checkpoints" / f"{name}.pt"
        result = reproduction.reproduce(
            experiment, dataset, budget=budget, device=device, checkpoint=checkpoint, progress=True
        )
        record(out / "reproduction.json", result)
        checkpoint.unlink(missing_ok=True)
        click.echo(describe(experiment, result, reproduction.compare(experiment, result)))


def record(path: Path, result: "Reproduction") -> None:
    """Put `result` into the list at `path`, in the place of an older one of the same conditions.

    The file is replaced whole, so a kill leaves the old list or the new one. Raises RecordsError
    if the file there is not such a list: it is left as it was.
    """
    new = result.as_dict()
    kept = [old for old in read_records(path) if _conditions(old) != _conditions(new)]
    text = json.dumps([*kept, new], indent=1, allow_nan=False) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, "utf-8")
    temporary.replace(path)


def read_records(path: Path) -> list[dict[str, Any]]:
    """Return the list of reproductions at `path`; an absent file is an empty list."""
    from benchmarks.errors import ResultsError

    if not path.exists():
        return []
    try:
        records = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ResultsError(f"{path}: is not a list of reproductions: {error}") from None
    if not isinstance(records, list) or not all(isinstance(each, dict) for each in records):
        raise ResultsError(f"{path}: is not a list of reproductions")
    return records


def describe(experiment: "Experiment", result: "Reproduction", rows: "Sequence[Comparison]") -> str:
    """Return the report's figures beside ours as a table, under what they were measured on."""
    lines = [
        f"{experiment.id}: {experiment.title} ({experiment.section})",
        f"{result.data}: {result.dataset}, {result.test_samples} test images; {result.budget} "
        f"budget; {len(result.runs)} models on {result.device_name}; {result.seconds:.1f} s"
        + (" after a resume" if result.resumed else ""),
    ]
    if not result.may_be_compared:
        lines.append("Not the report's data and budget, so its figures are not shown.")
    head = ("figure", "reported", "ours", "95 % interval", "runs")
    return "\n".join([*lines, "", table(head, [_row(row, result) for row in rows]), ""])


def _row(row: "Comparison", result: "Reproduction") -> tuple[str, ...]:
    figure = row.figure
    parts = [figure.arm, figure.metric.replace("_", " ")]
    parts.append(f"epoch {figure.epoch}" if figure.epoch else None)
    parts.append(f"run {figure.repeat}" if isinstance(figure.repeat, int) else figure.repeat)
    reported = f"{figure.value:.4f}" + (f" +- {figure.uncertainty:g}" if figure.uncertainty else "")
    interval = "-" if row.low is None or row.high is None else f"[{row.low:.4f}, {row.high:.4f}]"
    return (
        ", ".join(part for part in parts if part),
        reported if result.may_be_compared else "-",
        f"{row.ours:.4f}",
        interval,
        str(row.runs),
    )


def _conditions(record: dict[str, Any]) -> tuple[object, ...]:
    names = ("experiment", "budget", "data", "data_key", "device", "device_name")
    return tuple(record.get(name) for name in names)
