import re
import runpy
from pathlib import Path

import pytest

from graders.sandbox.inside.reasons import explain

CELLS = """# 'work.ipynb', code cell 1
x = 1

# 'work.ipynb', code cell 2
def build():
    return 1 / 0
"""


def run(path: Path, code: str) -> Exception:
    path.write_text(code)
    try:
        runpy.run_path(str(path))
    except Exception as error:  # noqa: BLE001 - whatever it raises is explained
        return error
    raise AssertionError("it raises nothing")


def test_a_line_of_a_file_is_named(tmp_path: Path) -> None:
    error = run(tmp_path / "model.py", "x = 1\n1 / 0\n")
    assert explain(error, tmp_path) == "ZeroDivisionError: division by zero (model.py line 2)"


def test_a_line_of_a_notebook_is_named_by_its_cell(tmp_path: Path) -> None:
    error = run(tmp_path / "model.py", f"{CELLS}\n# 'work.ipynb', code cell 3\nbuild()\n")
    assert explain(error, tmp_path).endswith("by zero (code cell 2 line 2)")


@pytest.mark.parametrize(
    ("above", "where"), [("", "model.py line 1"), (CELLS, "code cell 2 line 3")]
)
def test_what_is_no_python_is_named_too(tmp_path: Path, above: str, where: str) -> None:
    error = run(tmp_path / "model.py", f"{above}def f(:\n")
    assert explain(error, tmp_path) == f"SyntaxError: invalid syntax ({where})"


def test_a_reason_is_one_line_and_somebody_else_s_place_is_left_out(tmp_path: Path) -> None:
    error = run(tmp_path / "model.py", "raise ValueError('a\\nb')")
    assert explain(error, tmp_path / "elsewhere") == "ValueError: a"
    assert explain(error, tmp_path) == "ValueError: a (model.py line 1)"


def test_what_the_first_line_announces_follows_it(tmp_path: Path) -> None:
    error = run(
        tmp_path / "model.py", "raise RuntimeError('no fit for Net:\\n\\tkey a\\n\\tkey b')"
    )
    assert explain(error, tmp_path) == "RuntimeError: no fit for Net: key a key b (model.py line 1)"


def test_a_file_that_was_sent_is_told_how_to_find(tmp_path: Path) -> None:
    (tmp_path / "best.pt").touch()
    text = explain(run(tmp_path / "model.py", "open('best.pt')"), tmp_path)
    assert text.endswith(
        "; it was sent, and is at Path(__file__).parent / 'best.pt' (model.py line 1)"
    )
    (tmp_path / "src").mkdir()
    for name, code in (("model.py", "open('other.pt')"), ("src/model.py", "open('best.pt')")):
        assert "was sent" not in explain(run(tmp_path / name, code), tmp_path)


@pytest.mark.parametrize(
    "code",
    [
        "open('/home/ada/Downloads/best.pt')",
        "from concurrent.futures import TimeoutError\nraise TimeoutError",
        "raise BrokenPipeError",
        "raise FileNotFoundError(2, 'no', 'a' * 5000)",
        "raise FileNotFoundError(2, 'no', 7)",
    ],
)
def test_what_is_something_else_gets_no_hint(tmp_path: Path, code: str) -> None:
    text = explain(run(tmp_path / "model.py", code), tmp_path)
    assert not {"network", "sent"} & set(text.split())
    assert len(text) < 450


@pytest.mark.parametrize(
    "code",
    [
        "raise RuntimeError('Error downloading train-images.gz:')",
        "import socket\nraise socket.gaierror(-3, 'Temporary failure in name resolution')",
        "from urllib.error import URLError\nraise URLError('no route')",
    ],
)
def test_who_wants_a_network_is_told_that_there_is_none(tmp_path: Path, code: str) -> None:
    text = explain(run(tmp_path / "model.py", code), tmp_path)
    assert re.search(r"[^:]; code is graded without a network \(model.py line [12]\)$", text)
