"""Files that are not what their names say, and every form with bytes changed, cut or put in."""

import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random

import pytest

from graders.exam import Exam
from reference_models.data import Dataset

from .forms import WITH_NETWORK, Judge, graded, in_numbers, in_words

MUTATIONS = int(os.environ.get("GRADEBENCH_MUTATIONS", "1"))
"""How many mutated files of each form are graded; the same number draws the same files."""


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("net.pt", b"no zip", "it cannot be used: "),
        ("net.pt2", b"no zip", "it cannot be used: "),
        ("net.ts", b"no zip", "it cannot be used: "),
        ("net.onnx", b"no protobuf", "it cannot be used: "),
        ("net.keras", b"no zip", "it cannot be used: "),
        ("net.h5", b"no hdf5", "it cannot be used: "),
        ("net.safetensors", b"no", "it cannot be used: "),
        ("rows.npy", b"no", "it cannot be used: rows.npy is no array of plain numbers"),
        ("rows.csv", b"a,b\n1,x\n", "it cannot be used: row 2 of rows.csv is not 2 numbers"),
        ("rows.csv", b"1\n2\n", "rows.csv has 2 rows, and there are 500 test examples"),
    ],
)
def test_a_broken_file_fails_with_its_reason(
    judge: Judge, tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    grade = judge(tmp_path / name)
    assert (grade.verdict, grade.score) == ("failed", 0)
    assert reason in grade.reason


def mutated(data: bytes, draw: Random) -> bytes:
    """`data` with one to four things done to it: bytes changed, cut, doubled, moved or put in."""
    found = bytearray(data)
    for _ in range(draw.randint(1, 4)):
        place = draw.randrange(len(found) + 1)
        some = slice(place, place + draw.choice((1, 4, 64, 4096)))
        match draw.randrange(6):
            case 0:
                found[some] = draw.randbytes(len(found[some]))
            case 1:
                del found[some]
            case 2:
                del found[place:]
            case 3:
                found[some] = found[some] * 2
            case 4:
                found[place:place] = draw.randbytes(8)
            case _:
                found[some] = bytes(len(found[some]))
    return bytes(found)


@pytest.mark.parametrize("name", [*list(WITH_NETWORK)[1:], "rows.npy", "rows.csv"])
def test_a_damaged_file_gets_an_honest_grade_or_a_clear_reason(
    exam: Exam, data: Dataset, tmp_path: Path, name: str
) -> None:
    predictions = {"rows.npy": in_numbers, "rows.csv": in_words}
    make = partial(predictions[name], data) if name in predictions else WITH_NETWORK[name]
    (tmp_path / "whole").mkdir()
    whole = make(tmp_path / "whole" / name).read_bytes()
    hasty = replace(exam, limits=replace(exam.limits, wall_seconds=20))
    before = set(exam.sandbox.spool.iterdir())
    for number in range(MUTATIONS):
        source = tmp_path / f"{number}-{name}"
        source.write_bytes(mutated(whole, Random(f"{name} {number}")))  # noqa: S311 (replayable)
        grade = graded(hasty, source)
        told = f"{source.name}: {grade.verdict}: {grade.reason}"
        assert grade.verdict != "ungraded", told
        assert grade.reason or grade.verdict == "passed", told
        assert len(grade.reason.splitlines()) <= 1, told
        assert "Traceback" not in grade.reason, told
        source.unlink()
    assert set(exam.sandbox.spool.iterdir()) == before
