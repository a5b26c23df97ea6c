"""What went wrong in a student's code, in one line, with the place where a student would look."""

from __future__ import annotations

import linecache
import re
import socket
import traceback
from pathlib import Path
from urllib.error import URLError

_MOST_WORDS = 400
_OFFLINE = (ConnectionError, socket.gaierror, TimeoutError, URLError)
_CELL = re.compile(r"# .*, (code cell [0-9]+)\n")
"""What stands above each cell of a notebook in the module that it became."""


def explain(error: BaseException, folder: Path) -> str:
    """Return one line on what went wrong, with the student's own line where there is one."""
    if isinstance(error, SyntaxError) and _is_inside(error.filename, folder):
        return f"{type(error).__name__}: {error.msg} ({_place(error.filename, error.lineno)})"
    reason = _one_line(error) + _hint(error, folder)
    places = [
        _place(step.filename, step.lineno)
        for step in traceback.extract_tb(error.__traceback__)
        if _is_inside(step.filename, folder)
    ]
    return f"{reason} ({places[-1]})" if places else reason


def _one_line(error: BaseException) -> str:
    """The first line, and the next ones where it only announces them."""
    first, *others = f"{type(error).__name__}: {error}".strip().splitlines()
    if others and first.endswith(":"):
        return " ".join([first, *(line.strip() for line in others)])[:_MOST_WORDS]
    return first.rstrip(":")


def _hint(error: BaseException, folder: Path) -> str:
    """What a student cannot know: where code runs, and without what."""
    if isinstance(error, FileNotFoundError) and isinstance(error.filename, str):
        name = Path(error.filename)
        if not name.is_absolute() and (folder / name).is_file():
            return f"; it was sent, and Path(__file__).with_name({name.name!r}) finds it"
    offline = isinstance(error, _OFFLINE) or "download" in str(error).lower()
    return "; code is graded without a network" if offline else ""


def _is_inside(file: str | None, folder: Path) -> bool:
    return isinstance(file, str) and Path(file).is_relative_to(folder)


def _place(file: str | None, number: int | None) -> str:
    """A file and its line, or a notebook's cell and the line in it."""
    above = linecache.getlines(str(file))[: number or 0]
    for line, text in enumerate(reversed(above)):
        if found := _CELL.fullmatch(text):
            return f"{found[1]} line {line}"
    return f"{Path(str(file)).name} line {number}"
