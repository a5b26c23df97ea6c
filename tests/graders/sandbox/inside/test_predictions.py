from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from graders.sandbox.inside.frames import Refusal
from graders.sandbox.inside.predictions import load
from graders.sandbox.inside.subject import answer


def read(file: Path, shape: tuple[int, ...] = (3,), count: int = 2) -> list[object]:
    subject = load({"module": file.name, "shape": shape}, file.parent, None)
    rows: list[object] = answer(subject, torch.arange(float(count))).tolist()
    return rows


SCORES = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
CLASSES = [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("1,2,3\n4,5,6\n", SCORES),
        ("a,b,c\r\n1,2,3\r\n4,5,6", SCORES),
        ("\ufeffa;b;c\n1;2;3\n\n4;5;6\n", SCORES),
        ("id\ta\tb\tc\n0\t1\t2\t3\n1\t4\t5\t6\n", SCORES),
        ("2\n0\n", CLASSES),
        ("label\n2\n0\n", CLASSES),
        ("id,label\n1,2\n2,0\n", CLASSES),
        ("2.0\n0.0\n", CLASSES),
    ],
)
def test_a_table_with_or_without_headings_and_counts(
    tmp_path: Path, text: str, rows: list[list[float]]
) -> None:
    (tmp_path / "p.csv").write_text(text)
    assert read(tmp_path / "p.csv") == rows


@pytest.mark.parametrize(
    ("values", "rows"),
    [
        (np.array(SCORES), SCORES),
        (np.array([2, 0], np.uint8), CLASSES),
        (np.array([[2], [0]]), CLASSES),
    ],
)
def test_an_array_of_scores_or_of_classes(
    tmp_path: Path,
    values: NDArray[Any],
    rows: list[list[float]],
) -> None:
    np.save(tmp_path / "p.npy", values)
    assert read(tmp_path / "p.npy") == rows


def test_answers_of_another_shape_than_classes(tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", np.array([0.25, 0.5]))
    assert read(tmp_path / "p.npy", (1,)) == [[0.25], [0.5]]
    np.save(tmp_path / "p.npy", np.ones((2, 1, 2, 2)))
    assert read(tmp_path / "p.npy", (1, 2, 2)) == np.ones((2, 1, 2, 2)).tolist()


def test_a_table_of_images_has_a_row_each(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("1,2,3,4\n5,6,7,8\n")
    images = [[[[1.0, 2.0], [3.0, 4.0]]], [[[5.0, 6.0], [7.0, 8.0]]]]
    assert read(tmp_path / "p.csv", (1, 2, 2)) == images
    (tmp_path / "p.csv").write_text("0,1,2,3,4\n1,5,6,7,8\n")
    assert read(tmp_path / "p.csv", (1, 2, 2)) == images


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "p.csv is 0: a row an example, with one number or 3 in it"),
        ("a,b\n", "p.csv is 0"),
        ("1,2,3,9\n4,5,6,9\n", "p.csv is 2x4: a row an example, with one number or 3 in it"),
        ("1,2,3\n4,5\n", "row 2 of p.csv is not 3 numbers"),
        ("a\n1\nx\n", "row 3 of p.csv is not 1 numbers"),
        ("3\n0\n", "none of the classes 0 to 2"),
        ("1.5\n0\n", "none of the classes 0 to 2"),
        ("1\n", "p.csv has 1 rows, and there are 2 test examples"),
    ],
)
def test_what_is_no_prediction_is_named(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "p.csv").write_text(text)
    with pytest.raises(Refusal, match=reason):
        read(tmp_path / "p.csv")


@pytest.mark.parametrize("values", [np.array([{}, {}]), np.array(["a", "b"])])
def test_objects_and_words_are_no_numbers(tmp_path: Path, values: NDArray[Any]) -> None:
    np.save(tmp_path / "p.npy", values, allow_pickle=True)
    with pytest.raises(Refusal, match=r"p\.npy is no array of plain numbers"):
        read(tmp_path / "p.npy")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet='0123456789.,;-\n\t"exnaif \x00', max_size=40))
def test_any_text_is_read_or_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "p.csv").write_text(text)
    with suppress(Refusal):
        assert np.array(read(tmp_path / "p.csv")).shape == (2, 3)
