"""`gradebench compare`: two benchmark runs, figure by figure."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from graders.commands.verdicts import conclude, fail_on_option, told

if TYPE_CHECKING:
    from benchmarks.compare import Comparison, Key

_PATH = click.Path(path_type=Path)
_FIGURES = {
    "parameters": "parameters",
    "accuracy": "accuracy",
    "train_seconds": "training",
    "samples_per_second": "answering",
    "batch_samples_per_second": "answering",
    "training_samples_per_second": "learning",
}


@click.command()
@click.argument("before", type=_PATH)
@click.argument("after", type=_PATH)
@fail_on_option
@click.option("--all", "everything", is_flag=True, help="List also what makes no difference.")
def compare(*, before: Path, after: Path, fail_on: str | None, everything: bool) -> int:
    """Say what of the run AFTER is better or worse than the run BEFORE, and what nobody can tell.

    Each is a benchmark JSON, or a folder of them: runs with other seeds. Of three seeds a side on
    accuracy is judged by their spread, of one by the test set alone. Times count by ranks and by
    a factor, with what the machine did meanwhile taken out, and only beyond what fixed work ranged
    over in both runs; of five runs a side on by their spread. `turns` finds what is smaller.
    """
    from benchmarks.compare import compare_sides, load_side

    found = compare_sides(load_side(before), load_side(after))
    shown = [one for one in found if everything or one.verdict != "no difference"]
    if shown:
        click.echo(_table(shown) + "\n")
    return conclude([one.verdict for one in found], fail_on)


def _figure(key: "Key") -> str:
    batch = f" by {key.batch_size:,}" if key.batch_size else ""
    return _FIGURES[key.metric] + batch


def _table(found: "list[Comparison]") -> str:
    from graders.commands.tables import table

    head = ("model", "device", "figure", "before", "after", "verdict", "change")
    return table(
        head,
        [
            (
                one.key.model,
                one.key.device,
                _figure(one.key),
                one.before,
                one.after,
                one.verdict,
                told(one.finding),
            )
            for one in found
        ],
    )
