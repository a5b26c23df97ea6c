"""What is compared with what: one run, or a folder of runs that differ in their seeds."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.errors import ResultsError
from benchmarks.schema import ExtraInfo, Machine, Stats, load

Side = Mapping["Key", "list[Measured]"]
"""Every benchmark of a side, as often as it was run."""


SPEEDS = ("samples_per_second", "batch_samples_per_second", "training_samples_per_second")
_LEFT_OUT = ("speedup", "reach_seconds", "product_share")


class Key(NamedTuple):
    """Which benchmark: its headline figure, model and device; of a speed the batch size, too."""

    metric: str
    model: str
    device: str
    batch_size: int | None = None


@dataclass(frozen=True)
class Measured:
    """One benchmark of one run: its figures, its rounds, and where it ran.

    `rounds` are seconds; of a speed, seconds a sample.
    """

    info: ExtraInfo
    rounds: tuple[float, ...]
    machine: Machine


def load_side(path: Path) -> Side:
    """Read a benchmark JSON, or all that lie in a folder.

    Duels with rivals and profiles are no figures of a model, and times to an accuracy no rounds of
    the same work; all are left out. Raises ResultsError for a file that is none, and for a folder
    without any.
    """
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    if not files:
        raise ResultsError(f"{path}: has no benchmark JSON in it")
    side: dict[Key, list[Measured]] = {}
    for file in files:
        run = load(file)
        for benchmark in run.benchmarks:
            info, stats = benchmark.extra_info, benchmark.stats
            if info.metric not in _LEFT_OUT:
                one = Measured(info, _rounds(info, stats), run.machine_info)
                by_batch = info.batch_size if info.metric in SPEEDS else None
                key = Key(info.metric, info.model, info.device, by_batch)
                side.setdefault(key, []).append(one)
    return side


def _rounds(info: ExtraInfo, stats: Stats) -> tuple[float, ...]:
    """The rounds' seconds; of a speed, as many a sample as the median round's figure says."""
    seconds = stats.data or [stats.median]
    speed = info.training_samples_per_second or info.samples_per_second
    if info.metric not in SPEEDS or speed is None:
        return tuple(seconds)
    return tuple(one / median(seconds) / speed for one in seconds)
