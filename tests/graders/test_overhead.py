import pytest

from graders import otter
from graders.overhead import measure_overhead
from graders.sandbox import Sandbox


def test_grading_is_measured_in_turns_with_evaluating_and_with_rivals(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(otter, "is_there", lambda: False)
    found = measure_overhead(sandbox, rounds=6)
    assert (found.graded.rounds, found.started.rounds) == (6, 6)
    assert found.seconds > 0
    assert found.graded.median > 1
    assert found.started.median > 1  # a fresh interpreter costs more than a graded submission
    assert found.times_cheaper_than(found.started) > found.started.median
    assert found.otter is None
