"""Answers without a network: numbers from a `.npy` or `.csv` file, a row a test image."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .frames import Refusal
from .subject import Subject

Numbers = NDArray[np.float64]

_SEPARATORS = re.compile(r"[,;\t]")


def load(job: dict[str, Any], folder: Path, _: object) -> Subject:
    """Read predictions; they answer the question for test examples by their number.

    A row is an answer of the shape that a model gives, or the number of one class. Raises Refusal.
    """
    file = folder / job["module"]
    table = _read_npy(file) if file.suffix.lower() == ".npy" else _read_csv(file)
    answers = _answers(table, tuple(job["shape"]), file.name)

    def respond(numbers: Tensor) -> Tensor:
        if len(answers) != len(numbers):
            raise Refusal(
                f"{file.name} has {len(answers)} rows, and there are {len(numbers)} test examples"
            )
        return torch.from_numpy(answers)[numbers.long()]

    return Subject([], respond, stage="load")


def _read_npy(file: Path) -> Numbers:
    try:
        values = np.load(file, allow_pickle=False)
    except ValueError as error:
        raise Refusal(f"{file.name} is no array of plain numbers: {error}") from error
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "biuf":
        raise Refusal(f"{file.name} is no array of plain numbers")
    return values.astype(np.float64)


def _read_csv(file: Path) -> Numbers:
    """Read a table of numbers, with or without a line of headings."""
    text = file.read_text(encoding="utf-8-sig", errors="replace")
    found = _SEPARATORS.search(text.partition("\n")[0])
    rows = [
        row for row in csv.reader(text.splitlines(), delimiter=found[0] if found else ",") if row
    ]
    headings = 0 if not rows or _are_numbers(rows[0]) else 1
    body = rows[headings:]
    for line, row in enumerate(body, start=headings + 1):
        if len(row) != len(body[0]) or not _are_numbers(row):
            raise Refusal(f"row {line} of {file.name} is not {len(body[0])} numbers")
    return np.array(body, dtype=np.float64)


def _are_numbers(row: Sequence[str]) -> bool:
    try:
        return bool([float(cell) for cell in row])
    except ValueError:
        return False


def _answers(table: Numbers, shape: tuple[int, ...], name: str) -> NDArray[np.float32]:
    """Return `(N, *shape)` answers; a column that only counts the rows is left out."""
    if table.ndim == 2 and table.shape[1] in (2, math.prod(shape) + 1) and _counts(table[:, 0]):
        table = table[:, 1:]
    if table.ndim == 2 and table.shape[1] == 1:
        table = table[:, 0]
    if table.ndim == 2 and len(shape) > 1 and table.shape[1] == math.prod(shape):
        table = table.reshape(len(table), *shape)  # a table has rows, whatever is in them
    if table.shape[1:] == shape:
        return table.astype(np.float32)
    if table.ndim != 1 or not len(table) or len(shape) != 1:
        found, wanted = _size(table.shape), _size(shape)
        raise Refusal(f"{name} is {found}: a row an example, with one number or {wanted} in it")
    if shape == (1,):
        return table[:, None].astype(np.float32)
    if not np.isin(table, np.arange(shape[0])).all():
        raise Refusal(f"{name} holds numbers that are none of the classes 0 to {shape[0] - 1}")
    return np.eye(shape[0], dtype=np.float32)[table.astype(np.int64)]


def _size(shape: tuple[int, ...]) -> str:
    return "x".join(str(size) for size in shape)


def _counts(column: Numbers) -> bool:
    return any(np.array_equal(column, np.arange(len(column)) + first) for first in (0, 1))
