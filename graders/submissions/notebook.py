"""Jupyter notebooks, read as data: the code cells become a module, what only Jupyter runs goes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graders.errors import SubmissionError
from graders.names import one_line

_MOST_BYTES = 32 * 2**20
_VERSION = 4
_STILL_PYTHON = frozenset({"%%time", "%%timeit", "%%capture", "%%prun"})
"""Cell magics whose cell is Python below its first line."""

_MAGIC = re.compile(
    r"""\s*(?: [%!] .*                      # %matplotlib inline, !pip install x
    | [\w.,\ ]+ = \s* [%!] \w .*            # files = !ls
    | \?{1,2} [\w.*]+ | [\w.*]+ \?{1,2} \s* # ?print, print??
    )""",
    re.VERBOSE,
)
_SIGN = re.compile(r"""\\.|'''|\"\"\"|['"#()\[\]{}]""")


@dataclass(frozen=True)
class Cells:
    """What became of a notebook: its code cells, and the lines that are not Python, dropped."""

    code: int
    dropped: tuple[str, ...]

    def __str__(self) -> str:
        cells = f"{self.code} code cell{'' if self.code == 1 else 's'}"
        if not self.dropped:
            return cells
        shown = ", ".join(f"'{one_line(line, 40)}'" for line in self.dropped[:3])
        more = ", ..." if len(self.dropped) > 3 else ""
        lines = f"{len(self.dropped)} line{'' if len(self.dropped) == 1 else 's'}"
        return f"{cells}; {lines} dropped: {shown}{more}"


def write_module(notebook: Path, module: Path) -> Cells:
    """Write the code cells of `notebook` to the new file `module`, and say what was left out.

    Raises SubmissionError when the file is no notebook, is not in Python or has no code.
    """
    sources = list(_code_cells(_read(notebook), notebook.name))
    if not sources:
        raise SubmissionError(f"{notebook.name} has no code cell with code in it")
    dropped: list[str] = []
    parts = [
        f"# {notebook.name!r}, code cell {number}\n{_python(source, dropped)}\n"
        for number, source in enumerate(sources, start=1)
    ]
    module.write_bytes("\n".join(parts).encode(errors="replace"))
    return Cells(len(sources), tuple(dropped))


def _read(notebook: Path) -> Any:
    """Return the notebook in the present version of its format, not validated."""
    from nbformat import converter, reader

    if notebook.stat().st_size > _MOST_BYTES:
        raise SubmissionError(
            f"{notebook.name} is larger than {_MOST_BYTES // 2**20} MiB: clear its outputs"
        )
    try:
        text = notebook.read_bytes().decode("utf-8-sig")
        return converter.convert(reader.reads(text), _VERSION)
    except Exception as error:  # nbformat does not say what it raises on a file that is none
        reason = one_line(f"{type(error).__name__}: {error}", 120)
        raise SubmissionError(
            f"{notebook.name} is not a readable notebook ({reason}): save it again in Jupyter"
        ) from error


def _code_cells(content: Any, name: str) -> Iterator[str]:
    """Yield the text of each code cell that has any, trusting no type in `content`."""
    language = _inner(content, "metadata", "language_info", "name")
    if isinstance(language, str) and language.lower() not in ("python", "ipython"):
        raise SubmissionError(f"{name} is a notebook in {one_line(language, 40)}, not in Python")
    cells = _inner(content, "cells")
    if not isinstance(cells, list):
        raise SubmissionError(f"{name} is not a readable notebook: it has no list of cells")
    for cell in cells:
        if _inner(cell, "cell_type") != "code":
            continue
        source = _inner(cell, "source")
        if not isinstance(source, str):
            raise SubmissionError(f"{name} is not a readable notebook: a code cell has no text")
        if source.strip():
            yield source


def _inner(content: Any, *keys: str) -> Any:
    for key in keys:
        content = content.get(key) if isinstance(content, dict) else None
    return content


def _python(source: str, dropped: list[str]) -> str:
    """Return a cell's Python; each line that is not becomes `pass`, so that line numbers stay."""
    lines = source.replace("\r\n", "\n").split("\n")
    magic = source.lstrip().split(maxsplit=1)[0]
    if magic.startswith("%%") and magic not in _STILL_PYTHON:
        dropped.append(f"{magic} cell")
        return "pass"
    scan = _Scan()
    kept = []
    for line in lines:
        if scan.at_statement and _MAGIC.fullmatch(line):
            dropped.append(line.strip())
            kept.append(f"{line[: len(line) - len(line.lstrip())]}pass")
        else:
            scan.feed(line)
            kept.append(line)
    return "\n".join(kept)


class _Scan:
    """Whether a statement may start on the next line: outside brackets and long strings."""

    def __init__(self) -> None:
        self._depth = 0
        self._quote = ""
        self._continued = False

    @property
    def at_statement(self) -> bool:
        return not (self._depth or self._quote or self._continued)

    def feed(self, line: str) -> None:
        for sign in _SIGN.findall(line):
            if self._quote:
                self._quote = "" if sign == self._quote else self._quote
            elif sign == "#":
                break
            elif sign in "([{":
                self._depth += 1
            elif sign in ")]}":
                self._depth = max(self._depth - 1, 0)
            elif not sign.startswith("\\"):
                self._quote = sign
        self._continued = line.endswith("\\")
        if len(self._quote) == 1 and not self._continued:
            self._quote = ""  # a plain string ends with its line
