"""Where exported grades go, written so that a reader never sees half a file."""

import json
from collections.abc import Sequence
from pathlib import Path

from graders.export.gradebook import gradebook
from graders.export.gradescope import results
from graders.export.page import page
from graders.grade import Grade


def write_results(folder: Path, grade: Grade) -> Path:
    """Write `folder/<submission>/results.json` for Gradescope and return its path."""
    path = folder / grade.name / "results.json"
    path.parent.mkdir(exist_ok=True)
    write_text(path, json.dumps(results(grade), indent=2, allow_nan=False) + "\n")
    return path


def write_reports(folder: Path, grades: Sequence[Grade]) -> None:
    """Write `gradebook.csv` and `report.html` over all `grades`."""
    write_text(folder / "gradebook.csv", gradebook(grades))
    write_text(folder / "report.html", page(grades))


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` as UTF-8, line breaks as they are; raises OSError where it cannot."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path`, whole or not at all; raises OSError where it cannot."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(content)
    partial.replace(path)
