"""The figures of several runs as one table: a row a run, model, device and source."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from benchmarks.schema import Results
from benchmarks.summary import BATCH_METRICS, devoted, whole_batches

COLUMNS: Final = {
    "run": "run",
    "model": "model",
    "device": "device",
    "accuracy": "accuracy [95 %]",
    "accuracy_low": "low",
    "accuracy_high": "high",
    "reported": "reported",
    "parameters": "parameters",
    "samples_per_second": "samples a second",
    "train_seconds": "training, s",
    "reach_seconds": "to the report's accuracy, s",
    "reach_seconds_low": "fastest",
    "reach_seconds_high": "slowest",
    "peak_memory_bytes": "its peak memory, bytes",
    "roofline_fraction": "its share of the roof",
    "product_share": "its share of products",
    "data": "data",
    "dataset": "data set",
    "budget": "budget",
    "seed": "seed",
    "data_key": "data key",
    "outcome": "outcome",
}
"""What a row holds, and what a reader calls it."""

_FORMATS: Final = {
    **dict.fromkeys(("accuracy", "reported"), ".4f"),
    **dict.fromkeys(("parameters", "samples_per_second", "peak_memory_bytes"), ",.0f"),
    **dict.fromkeys(("train_seconds", "reach_seconds"), ",.3f"),
    **dict.fromkeys(("roofline_fraction", "product_share"), ".2f"),
}
_NOT_SHOWN = (
    *("accuracy_low", "accuracy_high", "data_key"),
    *("reach_seconds_low", "reach_seconds_high"),
)
_SAYS_ALIKE = ("run", "device", "data", "dataset", "budget", "seed", "outcome")
"""Columns that are told once where every row says the same."""

_WAYS: Final = dict(zip(BATCH_METRICS, ("answering", "learning"), strict=True))
_DUELS: Final = "speedup"
"""The metric of duels with rivals, which are no figures of a model."""
_DUEL: Final = ("rival", "device", "data", "budget", "seed", "outcome")
_RATIO: Final = {"speedup": "value", "speedup_low": "low", "speedup_high": "high"}
_IDENTITY = ("model", "device", "data", "dataset", "data_key", "budget", "seed")
_DEVOTED = {
    **dict.fromkeys(("accuracy_low", "accuracy_high", "reported"), "accuracy"),
    **dict.fromkeys(("peak_memory_bytes", "roofline_fraction"), "train_seconds"),
    **dict.fromkeys(("reach_seconds_low", "reach_seconds_high"), "reach_seconds"),
}
_OF_TRAINING = ("peak_memory_bytes", "roofline_fraction")
"""Which benchmark's figure is quoted, where its name does not say it."""


def figures_of(runs: Mapping[str, Results]) -> pd.DataFrame:
    """Return a row for each run (by its name), model, device, source, budget and seed.

    The columns are those of `COLUMNS`; a figure that nobody measured is NaN. `outcome` is `failed`
    where any benchmark of the row is. Duels with rivals are no figures of a model.
    """
    rows = [{"run": name, **_row(group)} for name, run in runs.items() for group in _groups(run)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def speeds_by_batch(runs: Mapping[str, Results]) -> pd.DataFrame:
    """Return a row for each run, model, device, batch size and way: `answering` or `learning`.

    `speed` is in examples a second. Empty where no run was `-m thorough`.
    """
    rows = [
        {
            "run": name,
            **{column: info[column] for column in ("model", "device", "batch_size")},
            "way": _WAYS[info["metric"]],
            "speed": info["samples_per_second"] or info["training_samples_per_second"],
        }
        for name, run in runs.items()
        for info in _infos(run)
        if info["metric"] in _WAYS
    ]
    columns = ["run", "model", "device", "batch_size", "way", "speed"]
    return pd.DataFrame(rows, columns=columns).dropna()


def duels_of(runs: Mapping[str, Results]) -> pd.DataFrame:
    """Return a row for each duel of each run (by its name): who against whom, and the ratio.

    `what` is a model's id, or the experiment whose models were trained together. `value` is the
    rival's time over ours, `low` and `high` the ends of its interval; a lost race has none. Empty
    without `-m rivals`.
    """
    rows = [
        {
            "run": name,
            "what": info["experiment"] or info["model"],
            **{field: info[field] for field in _DUEL},
            **{short: info[long] for long, short in _RATIO.items()},
        }
        for name, run in runs.items()
        for info in _infos(run)
        if info["metric"] == _DUELS
    ]
    return pd.DataFrame(rows, columns=["run", "what", *_DUEL, *_RATIO.values()])


def as_csv(figures: pd.DataFrame) -> str:
    """A table with every digit."""
    return figures.to_csv(index=False)


def as_markdown(figures: pd.DataFrame) -> str:
    """The table rounded for reading: above it what is the same in every row."""
    shown = shown_columns(figures)
    heads = [COLUMNS[name] for name in shown]
    rule = ["---:" if is_number(figures, name) else "---" for name in shown]
    rows = [[text.replace("|", "\\|") for text, _ in row] for row in cells(figures)]
    table = "".join(f"| {' | '.join(line)} |\n" for line in (heads, rule, *rows))
    return f"In every row: {common(figures)}.\n\n{table}"


def common(figures: pd.DataFrame) -> str:
    """What is the same in every row, in words."""
    names = [name for name in _SAYS_ALIKE if name not in shown_columns(figures)]
    return ", ".join(f"{COLUMNS[name]} {figures[name].iloc[0]}" for name in names) or "nothing"


def shown_columns(figures: pd.DataFrame) -> list[str]:
    """The columns worth showing: those that hold figures, or tell rows apart."""
    return [
        name
        for name in COLUMNS
        if name not in _NOT_SHOWN
        and (figures[name].nunique() > 1 if name in _SAYS_ALIKE else figures[name].notna().any())
    ]


def is_number(figures: pd.DataFrame, name: str) -> bool:
    """Whether a column is to be aligned and sorted as numbers."""
    return bool(pd.api.types.is_numeric_dtype(figures[name]))


def cells(figures: pd.DataFrame) -> list[list[tuple[str, str]]]:
    """Row by row what each shown cell says, and the value that it is sorted by, if there is one."""
    shown = shown_columns(figures)
    return [[_cell(name, row) for name in shown] for row in figures.to_dict("records")]


def _cell(name: str, row: Mapping[Any, Any]) -> tuple[str, str]:
    value = row[name]
    if pd.isna(value):
        return "-", ""
    text = format(value, _FORMATS.get(name, ""))
    if name == "accuracy":
        text += f" [{row['accuracy_low']:.4f}, {row['accuracy_high']:.4f}]"
    return text, str(value)


def _infos(run: Results) -> Iterator[dict[str, Any]]:
    """What each benchmark of a run noted."""
    return (benchmark.extra_info.model_dump() for benchmark in run.benchmarks)


def _groups(run: Results) -> list[list[dict[str, Any]]]:
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for info in _infos(run):
        if info["metric"] != _DUELS:
            groups.setdefault(tuple(info[name] for name in _IDENTITY), []).append(info)
    return list(groups.values())


def _noting(name: str, group: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """The benchmarks that may be quoted for the figure `name`."""
    if name in _OF_TRAINING:
        return [info for info in group if info["train_seconds"] is not None]
    if name == "samples_per_second":
        return whole_batches(group)
    return group


def _row(group: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    row: dict[str, Any] = {name: group[0][name] for name in _IDENTITY}
    for name in COLUMNS.keys() - {"run", "outcome", *_IDENTITY}:
        noted = _noting(name, group)
        row[name] = devoted(noted, name, _DEVOTED.get(name, name))[name] if noted else None
    failed = any(info["outcome"] == "failed" for info in group)
    return {**row, "outcome": "failed" if failed else "passed"}
