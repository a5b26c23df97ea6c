"""What commands that compare end in: how many verdicts of each kind, and the exit status."""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, get_args

import click

if TYPE_CHECKING:
    from benchmarks.compare import Finding

STOPPED = 130
"""What a shell makes of a process that Ctrl-C ended."""

_FAILED = 1

fail_on_option = click.option(
    "--fail-on",
    type=click.Choice(["worse"]),
    help="Exit with status 1 where a figure got worse: for CI.",
)


def told(finding: "Finding") -> str:
    """The change and why, in a table's cell."""
    return "; ".join(filter(None, (finding.change, finding.why)))


def conclude(verdicts: Iterable[str], fail_on: str | None) -> int:
    """Print how many verdicts there are of each kind; return the exit status asked for."""
    from benchmarks.compare import Verdict

    counts = Counter(verdicts)
    click.echo(", ".join(f"{counts[verdict]} {verdict}" for verdict in get_args(Verdict)))
    return _FAILED if fail_on == "worse" and counts["worse"] else 0
