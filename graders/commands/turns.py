"""`gradebench turns`: two checkouts of this project timed in turns."""

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from graders.commands.verdicts import conclude, fail_on_option

if TYPE_CHECKING:
    from benchmarks.turns import Figure

_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
_STOPPED = 130
_FEWEST = 3


@click.command()
@click.argument("before", type=_FOLDER)
@click.argument("after", type=_FOLDER)
@click.option("-k", "part", default="", help="Only models whose id holds this.")
@click.option(
    "--sittings",
    default=12,
    show_default=True,
    type=click.IntRange(_FEWEST),
    help="So often both are begun anew: the more, the smaller a change is found.",
)
@fail_on_option
def turns(*, before: Path, after: Path, part: str, sittings: int, fail_on: str | None) -> int:
    """Time the code in the folders BEFORE and AFTER in turns, and say which models got slower.

    Each is a checkout of this project. Both answer and learn by turns, some milliseconds each, on
    one thread of the CPU; a model takes some five seconds a sitting. What two benchmark runs of a
    moody machine cannot tell, 5 percent, this can. Ctrl-C ends it with what was timed so far.
    """
    from benchmarks.turns import models_of_both

    models = [model for model in models_of_both(before, after) if part in model]
    if not models:
        raise click.BadParameter(f"no model of both checkouts has '{part}' in its id")
    ratios: dict[Figure, list[float]] = defaultdict(list)
    try:
        _take(before, after, models, sittings, ratios)
    except KeyboardInterrupt:
        _show(ratios, fail_on)
        return _STOPPED
    return _show(ratios, fail_on)


def _take(
    before: Path, after: Path, models: list[str], sittings: int, ratios: "dict[Figure, list[float]]"
) -> None:
    """Add what each sitting came to, as soon as it is known."""
    from tqdm import tqdm

    from benchmarks.turns import sit

    with tqdm(total=sittings * len(models), unit="model", disable=None, leave=False) as bar:
        for number in range(sittings):
            for timed in sit(before, after, models, number):
                for figure, ratio in timed.items():
                    ratios[figure].append(ratio)
                bar.update()


def _show(ratios: "dict[Figure, list[float]]", fail_on: str | None) -> int:
    from benchmarks.compare import CHANCE, of_sittings
    from graders.commands.tables import table

    found = {figure: of_sittings(each, CHANCE / len(ratios)) for figure, each in ratios.items()}
    rows = [
        (
            *figure,
            str(len(ratios[figure])),
            one.verdict,
            "; ".join(filter(None, (one.change, one.why))),
        )
        for figure, one in found.items()
    ]
    if rows:
        click.echo(table(("model", "figure", "sittings", "verdict", "change"), rows) + "\n")
    return conclude([one.verdict for one in found.values()], fail_on)
