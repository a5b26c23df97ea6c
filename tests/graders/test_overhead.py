import time
from statistics import median

import pytest

from graders import otter, overhead
from graders.errors import SandboxError
from graders.overhead import measure_overhead
from graders.sandbox import Sandbox


@pytest.mark.parametrize("with_code", [False, True])
def test_grading_is_measured_in_turns_with_evaluating_and_with_rivals(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, *, with_code: bool
) -> None:
    monkeypatch.setattr(otter, "is_there", lambda: False)
    monkeypatch.setattr(overhead, "_import_torch", lambda: time.sleep(0.5))
    found = measure_overhead(sandbox, rounds=6, with_code=with_code)
    assert (found.graded.rounds, found.started.rounds) == (6, 6)
    assert found.seconds > 0
    assert found.graded.median > 1
    cheaper = median(found.started.a_seconds) / found.seconds
    assert found.times_cheaper_than(found.started) == pytest.approx(cheaper)
    assert "not there to compare with" in str(found.otter)


def test_a_fresh_interpreter_that_imports_torch_is_a_rival() -> None:
    overhead._import_torch()


def test_what_cannot_be_graded_is_not_timed(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overhead, "_CODE", "raise SystemExit('no model')")
    with pytest.raises(SandboxError, match=r"what should be timed was not graded: .*no model"):
        measure_overhead(sandbox, rounds=6, with_code=True)


def test_a_rival_that_fails_costs_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(otter, "is_there", lambda: True)
    monkeypatch.setattr("sys.executable", "/bin/false")
    assert (
        overhead._beside_otter(print, 6) == "`otter generate` ended with status 1: no reason given"
    )
