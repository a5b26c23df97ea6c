"""Reproductions on disk: one JSON file, replaced whole, so that a kill loses nothing finished."""

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.errors import ResultsError
from benchmarks.reproduction.runs import Conditions, Reproduction, Run


def read_records(path: Path) -> list[Reproduction]:
    """Return the reproductions at `path`; an absent file holds none. ResultsError if it is other.

    A file that is not what `add_runs` writes is left as it is.
    """
    if not path.exists():
        return []
    try:
        return [Reproduction.from_dict(values) for values in json.loads(path.read_text("utf-8"))]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        reason = " ".join(str(error).split())
        raise ResultsError(
            f"{path}: is not a list of reproductions ({type(error).__name__}: {reason}); "
            "move it away or name another folder"
        ) from None


def runs_under(path: Path, conditions: Conditions) -> tuple[Run, ...]:
    """The runs that are on disk already, made under `conditions`."""
    found = [each.runs for each in read_records(path) if each.conditions == conditions]
    return found[0] if found else ()


def add_runs(path: Path, conditions: Conditions, runs: Sequence[Run]) -> Reproduction:
    """Add `runs` to those under `conditions` at `path`; a run of the same arm and repeat gives way.

    The file is replaced whole: a kill leaves the old one or the new one. What holds them already
    stays as it is.
    """
    records = read_records(path)
    mine = next((each for each in records if each.conditions == conditions), None)
    if mine and all(run in mine.runs for run in runs):
        return mine
    new = {(run.arm, run.repeat) for run in runs}
    kept = [run for run in (mine.runs if mine else ()) if (run.arm, run.repeat) not in new]
    now = datetime.now(UTC).isoformat(timespec="seconds")
    added = Reproduction(conditions, tuple(sorted((*kept, *runs), key=lambda r: r.seed)), now)
    if mine is None:
        _write(path, [*records, added])
    else:
        added = replace(mine, runs=added.runs, finished=now)
        _write(path, [added if each is mine else each for each in records])
    return added


def _write(path: Path, records: Sequence[Reproduction]) -> None:
    text = json.dumps([each.as_dict() for each in records], indent=1, allow_nan=False) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, "utf-8")
    temporary.replace(path)
