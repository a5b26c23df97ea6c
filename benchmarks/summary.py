"""What a run found out, as a few lines of text; every line says where its figures come from."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.rivals.standings import standings
from benchmarks.text_table import align

_HEADINGS = (
    *("model", "device", "data", "accuracy [95 %]", "report"),
    *("parameters", "train s", "samples/s"),
)
_NUMERIC = range(3, 8)
_NOTHING = {"samples_per_second": None, "metric": None}

BATCH_METRICS = ("batch_samples_per_second", "training_samples_per_second")
"""What is measured at several batch sizes, and belongs to these."""


def summary_lines(records: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return a table of `records` (each an `extra_info`), one line a model, device and source.

    A figure that several benchmarks noted is taken from the one whose `metric` it is. A figure that
    none measured is a dash, and a line with a benchmark that failed says so. How rivals compare
    and what profiles say follow in tables of their own.
    """
    groups: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    duels: list[Mapping[str, Any]] = []
    profiles: list[Mapping[str, Any]] = []
    for record in records:
        if record["metric"] == "speedup":
            duels.append(record)
        elif record["metric"] == "product_share":
            profiles.append(record)
        elif record["model"] is not None:
            key = (record["model"], record["device"], _source(record))
            groups.setdefault(key, []).append(record)
    rows = [_row(key, group) for key, group in groups.items()]
    table = align([(*_HEADINGS, ""), *rows], _NUMERIC) if rows else []
    return [*table, *standings(duels), *_shares(profiles)]


def devoted(group: Sequence[Mapping[str, Any]], figure: str, metric: str = "") -> Mapping[str, Any]:
    """Return the record to quote for `figure`: one that noted it, and of these that of `metric`.

    `metric` is the figure itself unless it is said. Where none noted it, any.
    """
    wanted = metric or figure
    return max(group, key=lambda record: (record[figure] is not None, record["metric"] == wanted))


def whole_batches(group: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The records to quote a model's speed from: that of a batch of one is not the model's."""
    return [record for record in group if record["metric"] not in BATCH_METRICS]


def _shares(profiles: Sequence[Mapping[str, Any]]) -> list[str]:
    """Every profile's share of products in a training, 1 being all of its time."""
    rows = [
        (each["model"], _source(each), _number(each["product_share"], ".3f"), _mark([each]))
        for each in profiles
    ]
    heading = ("model", "data", "products' share of a training", "")
    return align([heading, *rows], range(2, 3)) if rows else []


def _mark(group: Sequence[Mapping[str, Any]]) -> str:
    return "FAILED" if any(record["outcome"] == "failed" for record in group) else ""


def _source(record: Mapping[str, Any]) -> str:
    return f"{record['data']}: {record['dataset']}, {record['budget']}"


def _row(key: tuple[str, ...], group: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    accuracy = devoted(group, "accuracy")
    parameters = devoted(group, "parameters")["parameters"]
    seconds = devoted(group, "train_seconds")["train_seconds"]
    speed = devoted(whole_batches(group) or [_NOTHING], "samples_per_second")["samples_per_second"]
    return (
        *key,
        _interval(accuracy),
        _number(accuracy["reported"], ".4f"),
        _number(parameters, ",.0f"),
        _number(seconds, ".3f"),
        _number(speed, ",.0f"),
        _mark(group),
    )


def _interval(record: Mapping[str, Any]) -> str:
    if record["accuracy"] is None:
        return "-"
    value, low, high = (record[name] for name in ("accuracy", "accuracy_low", "accuracy_high"))
    return f"{value:.4f} [{low:.4f}, {high:.4f}]"


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
