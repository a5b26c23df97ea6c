"""`gradebench rubric`: look after rubrics."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from graders.commands.tables import table

if TYPE_CHECKING:
    from graders.rubric import Criterion, Rubric

_WRONG = 2


@click.group()
def rubric() -> None:
    """Look after rubrics."""


@rubric.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
def check(file: Path) -> None:
    """Say whether FILE is a rubric, and what it asks.

    Prints a line for everything that is wrong with it, and then exits with status 2.
    """
    from graders.proofreading import proofread

    proof = proofread(file)
    for problem in proof.problems:
        click.echo(f"{file}: {problem}", err=True)
    if proof.rubric is None:
        sys.exit(_WRONG)
    click.echo(_summary(proof.rubric))
    for note in proof.notes:
        click.echo(f"Note: {note}")


def _summary(found: "Rubric") -> str:
    rows = [
        (one.id, one.metric, f"{one.points:g}", _asked(one), _terms(one)) for one in found.criterion
    ]
    passed = found.pass_at * found.points
    return "\n".join(
        [
            f"{found.assignment}: {found.title}",
            "",
            table(("criterion", "metric", "points", "asks for", "terms"), rows),
            "",
            f"{found.points:g} points in all; {passed:g} are a pass.{_lateness(found)}",
        ]
    )


def _asked(one: "Criterion") -> str:
    """What earns the points: a bound, layers, calls, or the ends of each curve."""
    told = one.model_dump(exclude_none=True)
    parts = [
        f"{field.replace('_', ' ')} {_plain(told[field])}"
        for field in ("equals", "at_most", "at_least", "layers", "allowed", "forbidden", "groups")
        if told.get(field)
    ]
    if told.get("shapes"):
        parts.insert(0, "the reference's shapes")
    curve = getattr(one, "curve", None)
    curves = curve if isinstance(curve, dict) else {"": curve} if curve else {}
    parts += [
        f"{source} {_knot(each.knots[0])} to {_knot(each.knots[-1])}".strip()
        for source, each in curves.items()
    ]
    return "; ".join(parts) or "-"


def _knot(knot: tuple[float, float]) -> str:
    return f"{knot[1]:g} at {knot[0]:g}"


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) else str(value)


def _terms(one: "Criterion") -> str:
    """What a criterion asks beside its metric, in a few words."""
    terms = ["required"] if one.required else []
    terms += [f"needs {', '.join(one.needs)}"] if one.needs else []
    terms += [f"at most {one.cap:g} in all without it"] if one.cap is not None else []
    terms += [one.visibility.replace("_", " ")] if one.visibility != "visible" else []
    return "; ".join(terms) or "-"


def _lateness(found: "Rubric") -> str:
    if found.late is None:
        return ""
    late = found.late
    grace = f" after {late.grace_hours:g} hours of grace" if late.grace_hours else ""
    most = f", {late.most:g} at most" if late.most is not None else ""
    return f" Each day late costs {late.points_per_day:g}{grace}{most}."
