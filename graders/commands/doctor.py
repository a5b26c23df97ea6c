"""`gradebench doctor`: what this machine can do for grading and measuring."""

import platform
import sys
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from graders.commands.tables import table

if TYPE_CHECKING:
    from benchmarks.measure import Ratio
    from graders.overhead import Overhead
    from graders.sandbox import Sandbox

_OPTIONAL = ("onnxruntime", "keras")


@click.command()
@click.option("--overhead", is_flag=True, help="Also measure what grading costs, in minutes.")
@click.option(
    "--rounds",
    type=click.IntRange(min=6),
    default=50,
    show_default=True,
    help="How often to measure it.",
)
def doctor(*, overhead: bool, rounds: int) -> None:
    """Say what this machine can do: sandboxes, torch, CUDA, data.

    Exit status 1 if no sandbox holds, because then nothing can be graded here.
    """
    sandboxes, holds = _sandboxes(rounds if overhead else 0)
    rows = [*_versions(), *sandboxes, *_packages(), *_data()]
    click.echo(table(("what", "state"), rows))
    if not holds:
        sys.exit(1)


def _versions() -> list[tuple[str, str]]:
    import torch

    cuda = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    return [
        ("gradebench", version("gradebench")),
        ("Python", platform.python_version()),
        ("system", f"{platform.system()} {platform.release()}, {platform.machine()}"),
        ("torch", f"{torch.__version__}, {torch.get_num_threads()} threads"),
        ("CUDA device", cuda),
    ]


def _sandboxes(rounds: int) -> tuple[list[tuple[str, str]], bool]:
    """Try each level for real, strongest first, and measure its overhead in so many `rounds`."""
    from graders.sandbox import LEVELS, open_sandbox

    rows, holds = [], False
    for level in LEVELS:
        with open_sandbox(level=level) as found:
            rows.append((f"sandbox {level}", found.level if found.holds else f"no: {found.reason}"))
            holds = holds or found.holds
            if rounds and found.holds:
                rows.append((f"overhead {level}, weights", _overhead(found, rounds)))
                code = _overhead(found, rounds, with_code=True)
                rows.append((f"overhead {level}, code and weights", code))
    with open_sandbox(level="bubblewrap", device="cuda") as found:
        rows.append(("sandbox on CUDA", "computes" if found.holds else f"no: {found.reason}"))
    return rows, holds


def _overhead(sandbox: "Sandbox", rounds: int, *, with_code: bool = False) -> str:
    from graders.overhead import IMAGES, measure_overhead

    found = measure_overhead(sandbox, rounds, with_code=with_code)
    otter = (
        found.otter
        if isinstance(found.otter, str)
        else f"`otter run` on a notebook of one cell {_times(found, found.otter)}"
    )
    return (
        f"{found.seconds:.3f} s a submission beyond evaluating {IMAGES:,} images (median of "
        f"{rounds}); importing torch takes {_times(found, found.started)}; {otter}"
    )


def _times(found: "Overhead", rival: "Ratio") -> str:
    return (
        f"{found.times_cheaper_than(rival):.0f} times that, {rival.median:.1f} [{rival.low:.1f}, "
        f"{rival.high:.1f}] times the whole grading"
    )


def _data() -> list[tuple[str, str]]:
    from reference_models.data import data_root, real_datasets

    root = data_root()
    there = [(f"real {name}", _yes(found)) for name, found in real_datasets(root).items()]
    return [("data root", f"{root}{'' if root.is_dir() else ' (not there)'}"), *there]


def _packages() -> list[tuple[str, str]]:
    """Packages that some submissions need, without importing them."""
    return [(f"package {name}", _yes(find_spec(name) is not None)) for name in _OPTIONAL]


def _yes(there: bool) -> str:  # noqa: FBT001 (it is the only thing that is asked)
    return "there" if there else "not there"
