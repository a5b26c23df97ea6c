"""What the files of a submission are taken for; nothing here is run, so nothing need be real."""

import io
import zipfile
from pathlib import Path

import pytest

from graders.errors import SubmissionError, UnsupportedError
from graders.submissions import found
from graders.submissions.found import Found, find, whole_ones
from graders.submissions.manifest import Manifest

NOTEBOOK = b"""{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [
{"cell_type": "code", "source": "!ls\\nx = 1", "metadata": {}}]}"""


def archive(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name in names:
            made.writestr(name, b"")
    return buffer.getvalue()


SCRIPTED = archive("net/data.pkl", "net/constants.pkl", "net/code/__torch__.py")
EXPORTED = archive("net/archive_format", "net/models/model.json")
STATE = archive("net/data.pkl", "net/data/0")


def look(folder: Path, files: dict[str, bytes], said: Manifest | None = None) -> Found:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return find(folder, said or Manifest())


@pytest.mark.parametrize(
    ("files", "kind", "name"),
    [
        ({"model.py": b"", "net.onnx": b"", "net.ipynb": NOTEBOOK}, "code", "model.py"),
        ({"train.py": b"", "net.onnx": b""}, "onnx", "net.onnx"),
        ({"net.py": b"", "log.csv": b""}, "code", "net.py"),
        ({"net.ipynb": NOTEBOOK, "w.pt": STATE}, "code", "model.py"),
        ({"w.pth": STATE, "log.csv": b""}, "weights", "w.pth"),
        ({"w.safetensors": b""}, "weights", "w.safetensors"),
        ({"w.pt": b"PK no zip"}, "weights", "w.pt"),
        ({"w.pt": SCRIPTED[2:]}, "weights", "w.pt"),
        ({"net.pt": SCRIPTED}, "program", "net.pt"),
        ({"net.pth": EXPORTED}, "program", "net.pth"),
        ({"net.ts": b""}, "program", "net.ts"),
        ({"net.PT2": b""}, "program", "net.PT2"),
        ({"net.keras": b""}, "keras", "net.keras"),
        ({"net.h5": b""}, "keras", "net.h5"),
        ({"answers.npy": b""}, "predictions", "answers.npy"),
        ({"answers.csv": b"", "notes.txt": b""}, "predictions", "answers.csv"),
    ],
)
def test_the_most_telling_file_is_judged(
    tmp_path: Path, files: dict[str, bytes], kind: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(found, "find_spec", lambda name: name)
    entry = look(tmp_path, files).entry
    assert (entry.kind, entry.module) == (kind, name)


@pytest.mark.parametrize(
    ("said", "kind", "name"),
    [
        ({"module": "sub/other.py"}, "code", "sub/other.py"),
        ({"model": "b.pt2"}, "program", "b.pt2"),
        ({"model": "w.pt"}, "weights", "w.pt"),
        ({"predictions": "p.csv"}, "predictions", "p.csv"),
    ],
)
def test_the_manifest_decides(tmp_path: Path, said: dict[str, str], kind: str, name: str) -> None:
    files = ("model.py", "sub/other.py", "a.pt2", "b.pt2", "p.csv", "q.csv", "w.pt")
    entry = look(tmp_path, dict.fromkeys(files, b""), Manifest(**said)).entry
    assert (entry.kind, entry.module) == (kind, name)


def test_weights_named_in_the_manifest_are_judged_where_there_is_no_code(tmp_path: Path) -> None:
    files = {"a.pt": STATE, "b.pt": STATE}
    entry = look(tmp_path, files, Manifest(weights="b.pt")).entry
    assert (entry.kind, entry.module, entry.weights) == ("weights", "b.pt", None)


def test_a_student_is_shown_what_was_read_and_what_was_not(tmp_path: Path) -> None:
    files = {"net.ipynb": NOTEBOOK, "w.pt": STATE, "notes.txt": b"", "submission.toml": b""}
    assert str(look(tmp_path, files)) == (
        "Read: net.ipynb (1 code cell; 1 line dropped: '!ls'), w.pt (weights). "
        "Left to the code: notes.txt."
    )
    assert (tmp_path / "model.py").read_text().endswith("pass\nx = 1\n")


def test_code_without_weights_is_told_what_that_means(tmp_path: Path) -> None:
    text = str(look(tmp_path, {"model.py": b"x = 1", "notes.txt": b""}))
    assert text == (
        "Read: model.py. No weights came with it: the model answers as its code builds it. "
        "Left to the code: notes.txt."
    )


@pytest.mark.parametrize("name", ["best.pt", "weights/best.pt", "best.npz"])
def test_weights_that_the_code_may_load_are_no_lack(tmp_path: Path, name: str) -> None:
    assert "No weights" not in str(look(tmp_path, {"model.py": b"x = 1", name: STATE}))


def test_a_function_needs_no_weights(tmp_path: Path) -> None:
    (tmp_path / "solution.py").write_text("x = 1")
    assert str(find(tmp_path, Manifest(), "solution.py")) == "Read: solution.py."


@pytest.mark.parametrize(
    ("paths", "several"),
    [
        (["ada/net.py", "bob/net.ipynb"], ["ada", "bob"]),
        (["ada.zip", "bob.ipynb", "carol.onnx"], ["ada.zip", "bob.ipynb", "carol.onnx"]),
        (["ada/net.py", "bob/notes.txt"], []),
        (["net.py", "weights.pt", "runs/log.csv", ".git/a.py", "__pycache__/b.py"], []),
        (["main.py", "layers/a.py", "utils/b.py"], []),
        (["submission.toml", "a/net.py", "b/net.py"], []),
    ],
)
def test_a_folder_of_submissions_is_told_from_one(
    tmp_path: Path, paths: list[str], several: list[str]
) -> None:
    for path in paths:
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).touch()
    assert list(whole_ones(tmp_path)) == several
    assert whole_ones(tmp_path / paths[0]) == ()


def test_many_unused_files_are_counted_and_odd_names_made_plain(tmp_path: Path) -> None:
    files = {"w.pt": STATE, **{f"note {number}\x1b[31m.txt": b"" for number in range(9)}}
    text = str(look(tmp_path, files))
    assert text.startswith(
        "Read: w.pt (weights for the assignment's network). Ignored: note 0 [31m"
    )
    assert text.endswith("and 3 more.")


@pytest.mark.parametrize(
    ("files", "said", "reason"),
    [
        ({"notes.txt": b""}, {}, "there is no model.py, and no other form .* notes.txt"),
        ({}, {}, "there is nothing in it"),
        ({"a.onnx": b"", "b.keras": b""}, {}, r'could be the model \(.*model = "a.onnx"'),
        ({"a.npy": b"", "b.csv": b""}, {}, 'predictions = "a.npy"'),
        ({"a.ipynb": b"", "b.ipynb": b""}, {}, 'module = "a.ipynb"'),
        ({"a.py": b""}, {"model": "a.py"}, "model: 'a.py' is none of .h5, "),
        ({"a.py": b""}, {"predictions": "b.npy"}, "predictions: there is no file 'b.npy'"),
        ({"model.py": b"", "a.ipynb": NOTEBOOK}, {"module": "a.ipynb"}, "would become model.py"),
    ],
)
def test_what_is_not_clear_is_asked(
    tmp_path: Path, files: dict[str, bytes], said: dict[str, str], reason: str
) -> None:
    with pytest.raises(SubmissionError, match=reason) as caught:
        look(tmp_path, files, Manifest(**said))
    assert not isinstance(caught.value, UnsupportedError)


@pytest.mark.parametrize(
    ("name", "lacks"), [("net.onnx", "onnx and onnxruntime"), ("net.keras", "keras and h5py")]
)
def test_a_package_that_is_missing_here_is_not_the_students_fault(
    tmp_path: Path, name: str, lacks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(found, "find_spec", lambda _: None)
    with pytest.raises(UnsupportedError, match=f"{name} .*machine lacks {lacks}: pip install"):
        look(tmp_path, {name: b""})
