"""Sides made of runs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.compare import Side, load_side
from benchmarks.schema import Results

MakeRun = Callable[..., Results]
MakeSide = Callable[..., Side]


@pytest.fixture
def side(tmp_path: Path) -> MakeSide:
    """A side made of runs."""

    def _side(*runs: Results) -> Side:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        for number, run in enumerate(runs):
            (folder / f"{number}.json").write_text(run.model_dump_json())
        return load_side(folder)

    return _side
