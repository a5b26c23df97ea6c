"""The examples in the instructors' handbook are rubrics."""

import re
from pathlib import Path
from textwrap import dedent

import pytest

from graders.proofreading import proofread

HANDBOOK = (Path(__file__).parents[2] / "docs" / "instructors.md").read_text("utf-8")
BLOCKS = re.findall(r"(?:^    .*\n|^\n(?=    ))+", HANDBOOK, re.MULTILINE)
EXAMPLES = [dedent(block) for block in BLOCKS if "[[criterion]]" in block]


def test_there_are_examples_of_networks_and_functions() -> None:
    assert len(EXAMPLES) == 6
    assert any("cs7cs4/convolution" in example for example in EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_a_rubric(tmp_path: Path, example: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(example)
    proof = proofread(path)
    assert proof.problems == ()
    assert proof.rubric is not None
