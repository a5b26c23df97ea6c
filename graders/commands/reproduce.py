"""`gradebench reproduce`: train the experiments of a report and set its figures beside ours."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from graders.commands.options import budget_option, data_options
from graders.commands.tables import table

if TYPE_CHECKING:
    from benchmarks.reproduction import Comparison, Reproduction
    from reference_models import Experiment

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@data_options
@budget_option
@click.option(
    "--device",
    type=click.Choice(["cpu", "cuda"]),
    default="cpu",
    show_default=True,
    help="Where to train.",
)
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Train every arm this often, if the report did not do so more often.",
)
@click.option("--arm", "arms", multiple=True, help="Only the arm of this label; may be repeated.")
@click.option(
    "--out", type=_PATH, default="results", show_default=True, help="Folder of reproduction.json."
)
def reproduce(
    ids: tuple[str, ...],
    data: Literal["embedded", "real"],
    data_root: Path | None,
    *,
    download: bool,
    budget: Literal["quick", "paper"],
    device: str,
    seeds: int,
    arms: tuple[str, ...],
    out: Path,
) -> None:
    """Train experiments and print reported figures beside ours.

    ID is an experiment, a model (every experiment with it) or an assignment; none means all. What
    reproduction.json holds already is not trained again, and a stopped run goes on after its last
    finished epoch. Figures stand beside the report's only with --budget paper and --data real.
    """
    from functools import cache

    from benchmarks import reproduction
    from benchmarks.device import insist_on
    from reference_models.data import load_dataset

    insist_on(device)
    path = out / "reproduction.json"
    reproduction.read_records(path)  # a foreign file is refused before anything is trained
    load = cache(lambda name: load_dataset(name, data, data_root, download=download))
    for experiment in _chosen(ids, arms):
        conditions = reproduction.Conditions.here(experiment, budget, data, device)
        runs = reproduction.reproduce(
            experiment,
            load,
            budget=budget,
            device=device,
            seeds=seeds,
            arms=arms or None,
            done=reproduction.runs_under(path, conditions),
            folder=out,
            progress=True,
        )
        for finished in runs:
            reproduction.add_runs(path, conditions, finished)
        result = reproduction.Reproduction(conditions, reproduction.runs_under(path, conditions))
        click.echo(describe(experiment, result, reproduction.compare(experiment, result)))


def _chosen(ids: tuple[str, ...], arms: tuple[str, ...]) -> "list[Experiment]":
    """The experiments that `ids` name, each once, in the catalogue's order."""
    from reference_models import UnknownIdError, experiments_of

    chosen = experiments_of(ids)
    known = {arm.label for experiment in chosen for arm in experiment.arms}
    for arm in arms:
        if arm not in known:
            raise UnknownIdError(f"no arm is called '{arm}'; there are: {', '.join(sorted(known))}")
    return chosen


def describe(
    experiment: "Experiment", result: "Reproduction", rows: "tuple[Comparison, ...]"
) -> str:
    """Return the report's figures beside ours as a table, under what they were measured on."""
    seconds = sum(run.seconds for run in result.runs)
    seen = dict.fromkeys(f"{run.dataset}, {run.test_samples} test samples" for run in result.runs)
    lines = [
        f"{experiment.id}: {experiment.title} ({experiment.section})",
        f"{result.conditions.data}: {'; '.join(seen)}; {result.conditions.budget} budget; "
        f"{len(result.runs)} models on {result.conditions.device_name}; {seconds:.1f} s"
        + (" and more before a resume" if any(run.resumed for run in result.runs) else ""),
    ]
    if not result.may_be_compared:
        lines.append("Not the report's data and budget, so its figures are not shown.")
    head = ("figure", "reported", "ours", "95 % interval", "runs")
    body = [_row(row, compared=result.may_be_compared) for row in rows]
    return "\n".join([*lines, "", table(head, body), ""])


def _row(row: "Comparison", *, compared: bool) -> tuple[Any, ...]:
    from benchmarks.reproduction import figure_name

    figure = row.figure
    reported = f"{figure.value:.4g}" + (f" +- {figure.uncertainty:g}" if figure.uncertainty else "")
    interval = "-" if row.low is None or row.high is None else f"[{row.low:.4f}, {row.high:.4f}]"
    name = figure_name(figure)
    return (name, reported if compared else "-", f"{row.ours:.4f}", interval, str(row.runs))
