"""`gradebench turns`: two checkouts of this project timed in turns."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from graders.commands.verdicts import STOPPED, conclude, fail_on_option, told

if TYPE_CHECKING:
    from benchmarks.turns import Figure, Plan

_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
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

    Each is a checkout of this project. Both answer and learn by turns on one thread of the CPU. Of
    a model or two it finds 5 percent, which two benchmark runs of a moody machine cannot tell; most
    models take fifteen to twenty seconds a sitting. Ctrl-C ends it with what was timed so far.
    """
    timing = _Timing()
    try:
        timing.plan(before, after, part)
        timing.sit(before, after, sittings)
    except KeyboardInterrupt:
        click.echo("gradebench: stopped; this is what was timed so far", err=True)
        timing.show(fail_on)
        return STOPPED
    except Exception:
        timing.show(fail_on)
        raise
    return timing.show(fail_on)


class _Timing:
    """What the sittings so far came to."""

    def __init__(self) -> None:
        self._plans: Sequence[Plan] = ()
        self._ratios: dict[Figure, list[float]] = defaultdict(list)

    def plan(self, before: Path, after: Path, part: str) -> None:
        """Find out what can be timed."""
        from benchmarks.turns import plan

        self._plans = plan(before, after, part)
        if not self._plans:
            raise click.BadParameter(f"no model has '{part}' in its id", param_hint="-k")

    def sit(self, before: Path, after: Path, sittings: int) -> None:
        """Add what each sitting comes to, as soon as it is known."""
        from tqdm import tqdm

        from benchmarks.turns import sit

        plans = [one for one in self._plans if one.amounts]
        with tqdm(total=sittings * len(plans), unit="model", disable=None, leave=False) as bar:
            for number in range(sittings if plans else 0):
                for timed in sit(before, after, plans, number):
                    for figure, ratio in timed.items():
                        self._ratios[figure].append(ratio)
                    bar.update()

    def show(self, fail_on: str | None) -> int:
        """Print a line a figure; return the exit status. Without any figure nothing is printed."""
        from benchmarks.compare import CHANCE, Finding, of_sittings
        from graders.commands.tables import table

        alpha = CHANCE / max(len(self._ratios), 1)
        found = [
            (*figure, str(len(ratios)), of_sittings(ratios, alpha))
            for figure, ratios in self._ratios.items()
        ]
        found += [
            (one.model, "-", "-", Finding("not comparable", why=one.why_not))
            for one in self._plans
            if one.why_not
        ]
        if not found:
            return 0
        rows = [(*row, one.verdict, told(one)) for *row, one in found]
        click.echo(table(("model", "figure", "sittings", "verdict", "change"), rows) + "\n")
        return conclude([one.verdict for *_, one in found], fail_on)
