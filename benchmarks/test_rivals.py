"""How much faster the engine trains the reports' experiments than other loops do.

Runs on request: `pytest benchmarks/ -m rivals`. A round is one epoch of every model of an
experiment by the report's recipe, evaluation included, ours and the rival's in turns.
"""

from typing import Any

import pytest

from benchmarks.figures import Figures
from benchmarks.rivals.duel import Duel, duel
from benchmarks.rivals.report_loop import train_like_the_report
from benchmarks.rivals.tidy_loop import train_tidily
from benchmarks.workbench import Workbench
from reference_models import find_assignment, find_experiment, find_model

_ROUNDS = 6
_ASSIGNMENT = "dat565"
"""The rivals know cross-entropy on images alone."""
_LOOPS = {"report-loop": train_like_the_report, "tidy-loop": train_tidily}


@pytest.mark.rivals
@pytest.mark.parametrize("rival", _LOOPS)
@pytest.mark.parametrize(
    "experiment", [each.id for each in find_assignment(_ASSIGNMENT).experiments]
)
def test_speedup(
    benchmark: Any, experiment: str, rival: str, workbench: Workbench, figures: Figures
) -> None:
    """Timed: the whole duel. The figure is the rival's time over ours."""
    chosen = find_experiment(experiment)
    trial = workbench.trial(find_model(chosen.arms[0].model), "cpu")
    figures.describe(trial, metric="speedup")
    result: Duel = benchmark.pedantic(
        duel, args=(chosen, _LOOPS[rival], trial.data, _ROUNDS), rounds=1, iterations=1
    )
    figures.record(
        budget="paper",  # a duel is always by the report's recipe, whatever the run's budget
        rival=rival,
        experiment=experiment,
        speedup=result.ratio.median,
        speedup_low=result.ratio.low,
        speedup_high=result.ratio.high,
    )
    assert result.learns_no_less, "faster by learning less"
