"""What docs/benchmarks.md promises."""

import re
import textwrap
from pathlib import Path

import pytest

from benchmarks.measure import wilson
from benchmarks.schema import ExtraInfo

PAGE = (Path(__file__).parents[2] / "docs" / "benchmarks.md").read_text("utf-8")


def test_every_field_is_explained_and_no_other() -> None:
    table = PAGE.partition("| field | unit |")[2].partition("\n\n")[0]
    explained = [
        name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])
    ]
    assert sorted(explained) == sorted(ExtraInfo.model_fields)


def test_the_example_runs(pytester: pytest.Pytester) -> None:
    section = PAGE.partition("## Your own benchmark")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if not line or line.startswith("    ")]
    pytester.makeini("[pytest]\naddopts = --strict-markers")
    pytester.makepyfile(textwrap.dedent("\n".join(lines)))
    pytester.runpytest_inprocess("--gradebench-device=cpu").assert_outcomes(passed=1, deselected=1)


def test_an_accuracy_of_95_percent_on_embedded_data_has_an_interval_of_four_points() -> None:
    accuracy = wilson(475, 500)
    assert accuracy.high - accuracy.low == pytest.approx(0.04, abs=0.005)
