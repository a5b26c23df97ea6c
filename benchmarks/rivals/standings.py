"""What duels came to, as a few lines of text: a row a model or experiment, a column a rival."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import geometric_mean
from typing import Any

from benchmarks.text_table import align

Record = Mapping[str, Any]

_ROOF = "of roof"


def standings(records: Iterable[Record]) -> list[str]:
    """Return how many times as fast as each rival we are, with 95 % intervals; [] for no duels.

    `records` are `extra_info` of duels. Models end in the geometric mean of each rival's column,
    experiments do not: they are few, and of a kind. `of roof` is our
    `roofline_fraction`. A duel that failed counts for no mean.
    """
    duels = list(records)
    models = [each for each in duels if each["experiment"] is None]
    sweeps = [each for each in duels if each["experiment"] is not None]
    lines = [*_table("model", models, mean=True), *_table("experiment", sweeps, mean=False)]
    return [*(["times as fast as", *lines] if lines else [])]


def _table(noun: str, duels: Sequence[Record], *, mean: bool) -> list[str]:
    if not duels:
        return []
    rivals = list(dict.fromkeys(each["rival"] or "?" for each in duels))
    peaks = [_ROOF] if mean else []
    rows = [[noun, "data", *rivals, *peaks, ""]]
    groups: dict[tuple[str, str], list[Record]] = {}
    for each in duels:
        groups.setdefault((each[noun] or each["model"], _source(each)), []).append(each)
    for key, group in groups.items():
        cells = {each["rival"] or "?": _cell(each) for each in group}
        failed = any(each["outcome"] == "failed" for each in group)
        row = [*key, *(cells.get(rival, "-") for rival in rivals)]
        share = [_peak(group)] if mean else []
        rows.append([*row, *share, "FAILED" if failed else ""])
    if mean and len(groups) > 1:
        means = [_mean(duels, rival) for rival in rivals]
        rows.append(["geometric mean", "", *means, "", ""])
    return align(rows, range(2, 3 + len(rivals)))


def _source(record: Record) -> str:
    return f"{record['device']}, {record['data']}, {record['budget']}"


def _cell(record: Record) -> str:
    if record["speedup"] is None:
        return "not measured"
    value, low, high = (record[name] for name in ("speedup", "speedup_low", "speedup_high"))
    return f"{value:.2f} [{low:.2f}, {high:.2f}]"


def _peak(group: Sequence[Record]) -> str:
    shares = [each["roofline_fraction"] for each in group if each["roofline_fraction"] is not None]
    return f"{max(shares):.3f}" if shares else "-"


def _mean(duels: Sequence[Record], rival: str) -> str:
    held = [each for each in duels if each["outcome"] == "passed" and each["rival"] == rival]
    ratios = [each["speedup"] for each in held if each["speedup"]]
    return f"{geometric_mean(ratios):.2f} of {len(ratios)}" if ratios else "-"
