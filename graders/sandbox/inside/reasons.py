"""What went wrong in a student's code, in one line, with the place where a student would look."""

from __future__ import annotations

import linecache
import re
import traceback
from pathlib import Path

_CELL = re.compile(r"# .*, (code cell [0-9]+)\n")
"""What stands above each cell of a notebook in the module that it became."""


def explain(error: BaseException, folder: Path) -> str:
    """Return one line on what went wrong, with the student's own line where there is one."""
    if isinstance(error, SyntaxError) and _is_inside(error.filename, folder):
        return f"{type(error).__name__}: {error.msg} ({_place(error.filename, error.lineno)})"
    reason = f"{type(error).__name__}: {error}".strip().splitlines()[0]
    places = [
        _place(step.filename, step.lineno)
        for step in traceback.extract_tb(error.__traceback__)
        if _is_inside(step.filename, folder)
    ]
    return f"{reason} ({places[-1]})" if places else reason


def _is_inside(file: str | None, folder: Path) -> bool:
    return isinstance(file, str) and Path(file).is_relative_to(folder)


def _place(file: str | None, number: int | None) -> str:
    """A file and its line, or a notebook's cell and the line in it."""
    above = linecache.getlines(str(file))[: number or 0]
    for line, text in enumerate(reversed(above)):
        if found := _CELL.fullmatch(text):
            return f"{found[1]} line {line}"
    return f"{Path(str(file)).name} line {number}"
