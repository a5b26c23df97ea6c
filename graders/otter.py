"""otter-grader as a rival: what `otter run` takes for the least there is to grade."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat

from graders.errors import RivalError

_TEST = """OK_FORMAT = True
test = {
    "name": "q1",
    "points": 1,
    "suites": [{"type": "doctest", "cases": [{"code": ">>> x\\n1"}]}],
}
"""
_PATIENCE_SECONDS = 300
_GENERATE = ["generate", "-t", "tests", "-o", "autograder.zip"]
_RUN = ["run", "-a", "autograder.zip", "-o", "out", "--no-logo", "one.ipynb"]


def is_there() -> bool:
    """Whether otter-grader can run here; a notebook needs a kernel, too."""
    return all(find_spec(name) is not None for name in ("otter", "ipykernel"))


@contextmanager
def otter_run() -> Iterator[Callable[[], None]]:
    """Write a notebook of one cell and its test; what is yielded grades it in a fresh process.

    RivalError where otter-grader fails, or does not give the notebook its point.
    """
    with TemporaryDirectory(prefix="gradebench-otter-") as name:
        folder = Path(name)
        for part in ("tests", "out"):
            (folder / part).mkdir()
        (folder / "tests/q1.py").write_text(_TEST)
        cells = [nbformat.v4.new_code_cell("x = 1")]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "one.ipynb")
        _otter(folder, _GENERATE)

        def run() -> None:
            if "Total Score: 1.000 / 1.000" not in _otter(folder, _RUN):
                raise RivalError("otter-grader does not give a right notebook its point")

        yield run


def _otter(folder: Path, words: list[str]) -> str:
    call = [sys.executable, "-m", "otter", *words]
    try:
        found = subprocess.run(
            call, cwd=folder, capture_output=True, text=True, check=False, timeout=_PATIENCE_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise RivalError(f"`otter {words[0]}` did not end in {_PATIENCE_SECONDS} s") from None
    if found.returncode:
        last = (found.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise RivalError(f"`otter {words[0]}` ended with status {found.returncode}: {last}")
    return found.stdout
