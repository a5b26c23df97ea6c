"""What went wrong in a student's code, in one line, with the place where a student would look."""

from __future__ import annotations

import contextlib
import linecache
import re
import socket
import traceback
from pathlib import Path
from urllib.error import URLError

_MOST_CHARACTERS = 400
_NO_NETWORK = (ConnectionRefusedError, socket.gaierror, URLError)
_DOWNLOADS = re.compile(r"\b(error downloading|failed to download|download=True)\b", re.IGNORECASE)
_CELL = re.compile(r"# .*, (code cell [0-9]+)\n")
"""What stands above each cell of a notebook in the module that it became."""


def explain(error: BaseException, folder: Path) -> str:
    """Return one line on what went wrong, with the student's own line where there is one."""
    if isinstance(error, SyntaxError) and _is_inside(error.filename, folder):
        return f"{type(error).__name__}: {error.msg} ({_place(error.filename, error.lineno)})"
    steps = [
        step
        for step in traceback.extract_tb(error.__traceback__)
        if _is_inside(step.filename, folder)
    ]
    text = f"{type(error).__name__}: {error}".strip()
    reason = _one_line(text)
    with contextlib.suppress(Exception):  # an error may be anything, and look like anything
        reason += _offline(error, text) or _where_it_is(error, steps)
    return f"{reason} ({_place(steps[-1].filename, steps[-1].lineno)})" if steps else reason


def _one_line(text: str) -> str:
    """The first line, and the next ones where it only announces them."""
    first, *others = text.splitlines()
    if others and first.endswith(":"):
        first = " ".join([first, *(line.strip() for line in others)])
    return first[:_MOST_CHARACTERS].rstrip(":")


def _offline(error: BaseException, text: str) -> str:
    wants_network = isinstance(error, _NO_NETWORK) or _DOWNLOADS.search(text)
    return "; code is graded without a network" if wants_network else ""


def _where_it_is(error: BaseException, steps: list[traceback.FrameSummary]) -> str:
    """Where a file is that was looked for in the folder that code runs in, and not in its own."""
    if not (isinstance(error, FileNotFoundError) and isinstance(error.filename, str) and steps):
        return ""
    name = Path(error.filename)
    if name.is_absolute() or not (Path(steps[-1].filename).parent / name).is_file():
        return ""
    return f"; it was sent, and is at Path(__file__).parent / {str(name)!r}"


def _is_inside(file: str | None, folder: Path) -> bool:
    return isinstance(file, str) and Path(file).is_relative_to(folder)


def _place(file: str | None, number: int | None) -> str:
    """A file and its line, or a notebook's cell and the line in it."""
    above = linecache.getlines(str(file))[: number or 0]
    for line, text in enumerate(reversed(above)):
        if found := _CELL.fullmatch(text):
            return f"{found[1]} line {line}"
    return f"{Path(str(file)).name} line {number}"
