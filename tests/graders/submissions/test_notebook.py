import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graders.errors import SubmissionError
from graders.submissions.notebook import Cells, write_module


def notebook(*cells: str | dict[str, Any], **metadata: Any) -> dict[str, Any]:
    made = [
        cell
        if isinstance(cell, dict)
        else {
            "cell_type": "code",
            "source": cell,
            "outputs": [],
            "execution_count": None,
            "metadata": {},
        }
        for cell in cells
    ]
    return {"nbformat": 4, "nbformat_minor": 4, "metadata": metadata, "cells": made}


def convert(folder: Path, content: Any) -> tuple[str, Cells]:
    (folder / "net.ipynb").write_text(json.dumps(content))
    module = folder / "model.py"
    module.unlink(missing_ok=True)
    cells = write_module(folder / "net.ipynb", module)
    return module.read_text(), cells


def test_code_cells_become_a_module_and_the_rest_stays_out(tmp_path: Path) -> None:
    words = {"cell_type": "markdown", "source": "# x = 3", "metadata": {}}
    code, cells = convert(tmp_path, notebook("x = 1\n", words, "", ["y = x\n", "z = y"]))
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102
    assert (names["x"], names["z"]) == (1, 1)
    assert str(cells) == "2 code cells"


def test_magics_are_dropped_and_listed(tmp_path: Path) -> None:
    code, cells = convert(
        tmp_path,
        notebook(
            "!pip install x\n%matplotlib inline\nx = 7",
            "%%bash\nrm -rf /",
            "%%time\ny = x",
            "if x:\n    !ls\nfiles = !ls\nprint?\n?print",
        ),
    )
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102
    assert names["y"] == 7
    assert "rm -rf" not in code
    assert cells.dropped == (
        *("!pip install x", "%matplotlib inline", "%%bash cell", "%%time"),
        *("!ls", "files = !ls", "print?", "?print"),
    )
    assert str(cells).startswith("4 code cells; 8 lines dropped: '!pip install x', '%matpl")


@pytest.mark.parametrize(
    "code",
    [
        "a = (7\n% 4)",
        "a = '''\n%matplotlib inline\n'''",
        'a = """\n!ls \' (\n"""',
        "a = 7 \\\n% 4",
        "a = 'it' # isn't it (really?\nb = [1]",
        "a = r'\\d' + \"(\"\nb = 1 # why?",
    ],
)
def test_python_that_only_looks_like_magic_is_kept(tmp_path: Path, code: str) -> None:
    written, cells = convert(tmp_path, notebook(code))
    assert cells.dropped == ()
    assert code in written


def test_line_numbers_within_a_cell_stay(tmp_path: Path) -> None:
    code, _ = convert(tmp_path, notebook("%cd x\n\nboom"))
    assert code.splitlines()[3] == "boom"


def test_an_old_notebook_is_read_too(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "input": "x = 1", "language": "python", "outputs": []}
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [cell]}]}
    assert "x = 1" in convert(tmp_path, old)[0]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ([], "not a readable notebook"),
        ({**notebook(), "cells": {"a": 1}}, "not a readable notebook"),
        ({"nbformat": 4}, "not a readable notebook"),
        ({"nbformat": 99}, "not a readable notebook"),
        (notebook(), "no code cell with code in it"),
        (notebook("x", language_info={"name": "R"}), "a notebook in R, not in Python"),
        (notebook({"cell_type": "code", "source": 3}), "not a readable notebook"),
        (notebook({"cell_type": "code", "source": [3]}), "not a readable notebook"),
    ],
)
def test_what_is_no_notebook_is_said_in_one_line(tmp_path: Path, content: Any, reason: str) -> None:
    with pytest.raises(SubmissionError, match=reason) as caught:
        convert(tmp_path, content)
    assert "\n" not in str(caught.value)


def test_deep_nesting_and_half_characters_end_in_words_too(tmp_path: Path) -> None:
    (tmp_path / "net.ipynb").write_text('{"cells":' * 50_000)
    with pytest.raises(SubmissionError, match="not a readable notebook"):
        write_module(tmp_path / "net.ipynb", tmp_path / "model.py")
    assert "x = '?'" in convert(tmp_path, notebook("x = '\ud800'"))[0]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
GOOD = notebook("!ls\nx = 1", {"cell_type": "markdown", "source": "hi", "metadata": {}})
PLACES = [
    *(("nbformat",), ("nbformat_minor",), ("metadata",), ("cells",), ("worksheets",)),
    *(("cells", 0), ("cells", 0, "cell_type"), ("cells", 0, "source"), ("cells", 1, "source")),
    *(("metadata", "language_info"), ("metadata", "kernelspec"), ("cells", 0, "outputs")),
]


def insist_on_code_or_one_line(folder: Path) -> None:
    """`net.ipynb` becomes a module with its first cell, or one line says why there is none."""
    module = folder / "model.py"
    module.unlink(missing_ok=True)
    reason = ""
    try:
        write_module(folder / "net.ipynb", module)
    except SubmissionError as error:
        reason = str(error)
    assert len(reason.splitlines()) <= 1
    assert module.exists() != bool(reason)
    assert reason or module.read_text().startswith("# 'net.ipynb', code cell 1\n")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(PLACES), json_values), min_size=1, max_size=3))
def test_a_mutated_notebook_ends_in_code_or_one_clear_error(
    tmp_path: Path, changes: list[tuple[tuple[str | int, ...], Any]]
) -> None:
    content = json.loads(json.dumps(GOOD))
    for place, value in changes:
        target = content
        with suppress(TypeError, KeyError, IndexError):  # an earlier change took the place away
            for step in place[:-1]:
                target = target[step]
            target[place[-1]] = value
    (tmp_path / "net.ipynb").write_text(json.dumps(content))
    insist_on_code_or_one_line(tmp_path)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 400), st.binary(max_size=4), st.integers(0, 300))
def test_damaged_bytes_end_in_code_or_one_clear_error(
    tmp_path: Path, place: int, junk: bytes, cut: int
) -> None:
    data = json.dumps(GOOD).encode()
    (tmp_path / "net.ipynb").write_bytes((data[:place] + junk + data[place:])[: len(data) - cut])
    insist_on_code_or_one_line(tmp_path)
