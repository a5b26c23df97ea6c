"""The page that sets every reported figure beside ours: `docs/reproduction.md` is made here."""

from collections.abc import Sequence

from benchmarks.reproduction.compare import Comparison, compare
from benchmarks.reproduction.runs import TIMINGS, Reproduction
from reference_models import Arm, Experiment, ReportedFigure, assignments

_HEAD = "| figure | reported | ours | 95 % interval | runs | agrees? | why not, or what to know |"
_RULE = "|---|---|---|---|---|---|---|"
_INTRODUCTION = """# Reported and reproduced

Every figure that the five reports print, and what this project measured for it. Written by
`gradebench figures --out docs/reproduction.md` from `results/reproduction.json`; `gradebench
reproduce ID --data real --budget paper` measures.

*Ours* is the mean over the runs, each with a seed of its own. Of several runs the interval is
Student's for their mean; of a single test accuracy it is Wilson's for the test set. *Agrees* means
that the reported figure is what another run here might well have come to (95 %), given how exactly
it was printed or could be read off a plot. One run does not know how far seeds lie apart: it can
agree, but a difference leaves the cell empty.
"""


def page(experiments: Sequence[Experiment], records: Sequence[Reproduction]) -> str:
    """Return the page as Markdown: a section an assignment, a table an experiment."""
    comparable = {each.conditions.experiment: each for each in records if each.may_be_compared}
    parts = [_INTRODUCTION]
    for assignment in assignments():
        mine = [each for each in assignment.experiments if each in experiments]
        if mine:
            parts.append(f"## {assignment.id}: {assignment.course}, {assignment.title}\n")
            parts += [_section(each, comparable.get(each.id)) for each in mine]
    return "\n".join(parts)


def figure_name(figure: ReportedFigure) -> str:
    """What a figure is called in a table: its arm, metric, and which epoch, step or run."""
    parts = [figure.arm, figure.metric.replace("_", " ")]
    parts.append(f"epoch {figure.epoch}" if figure.epoch is not None else None)
    parts.append(f"step {figure.step}" if figure.step is not None else None)
    parts.append(f"run {figure.repeat}" if isinstance(figure.repeat, int) else figure.repeat)
    return ", ".join(part for part in parts if part)


def _section(experiment: Experiment, record: Reproduction | None) -> str:
    lines = [f"### `{experiment.id}`: {experiment.title} ({experiment.section})", ""]
    if experiment.notes:
        lines += [experiment.notes, ""]
    lines += [_measured_on(record), "", _HEAD, _RULE]
    rows = {id(row.figure): row for row in (compare(experiment, record) if record else ())}
    lines += [_row(figure, rows.get(id(figure))) for figure in experiment.reported]
    if record is not None:
        lines += _unreported(experiment, record)
    return "\n".join([*lines, ""])


def _measured_on(record: Reproduction | None) -> str:
    if record is None:
        return "Not measured yet."
    seen = "; ".join(dict.fromkeys(run.dataset for run in record.runs))
    where = record.conditions
    return (
        f"Data: {seen}. Device: {where.device_name} ({where.device}, {where.threads} threads, "
        f"torch {where.torch}). {len(record.runs)} models, "
        f"{sum(run.seconds for run in record.runs) / 60:.0f} minutes. Finished {record.finished}."
    )


def _row(figure: ReportedFigure, row: Comparison | None) -> str:
    reported = _number(figure.value) + (
        f" ± {figure.uncertainty:g}" if figure.uncertainty and figure.read_from == "figure" else ""
    )
    if row is None:
        return _cells(figure_name(figure), reported, "not measured", "", "", "", figure.note)
    interval = "" if row.low is None or row.high is None else f"{row.low:.4f} to {row.high:.4f}"
    agrees = {None: "", True: "yes", False: "**no**"}[row.agrees]
    name = figure_name(figure)
    ours = _number(row.ours)
    return _cells(name, reported, ours, interval, str(row.runs), agrees, figure.note)


def _unreported(experiment: Experiment, record: Reproduction) -> list[str]:
    """What arms came to that the report has no figure for: ours, added to explain or compare."""
    reported = {figure.arm for figure in experiment.reported}
    extra = [arm for arm in experiment.arms if arm.label not in reported and None not in reported]
    return [row for arm in extra for row in _extra(arm, record)]


def _extra(arm: Arm, record: Reproduction) -> list[str]:
    found: dict[str, list[float]] = {}
    for run in record.runs:
        if run.arm == arm.label:
            last = run.history.last.test_accuracy if run.history.epochs else None
            figures = {"test_accuracy": last, **run.figures}
            for name, value in figures.items():
                if value is not None and name not in TIMINGS:
                    found.setdefault(name, []).append(value)
    return [
        _cells(
            f"{arm.label}, {name.replace('_', ' ')}",
            *("", _number(sum(values) / len(values)), "", str(len(values)), ""),
            "our own addition",
        )
        for name, values in found.items()
    ]


def _number(value: float) -> str:
    return f"{value:.4f}" if abs(value) < 100 else f"{value:,.1f}"


def _cells(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
