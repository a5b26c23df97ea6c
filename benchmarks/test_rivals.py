"""How much faster the engine trains than other loops do, and stacks than one after another.

Runs on request: `pytest benchmarks/ -m rivals`. A round is one epoch, evaluation included, ours and
the rival's in turns. Races are over whole trainings, of real data by the reports' recipes alone.
"""

from dataclasses import replace
from importlib.util import find_spec
from statistics import median
from typing import Any

import pytest

from benchmarks.figures import Figures
from benchmarks.rivals.duel import (
    Duel,
    Side,
    Start,
    always_stacked,
    by_loop,
    by_stack,
    duel,
    in_bfloat16,
    one_by_one,
    start_of_experiment,
    start_of_trial,
)
from benchmarks.rivals.frameworks import (
    can_be_a_frameworks,
    train_with_keras,
    train_with_skorch,
)
from benchmarks.rivals.race import race
from benchmarks.rivals.report_loop import train_like_the_report
from benchmarks.rivals.sprints import SPRINTS
from benchmarks.rivals.tidy_loop import train_tidily
from benchmarks.trial import Trial
from benchmarks.workbench import Workbench
from reference_models import Experiment, ModelCard, find_assignment, find_experiment, find_model

_ROUNDS = 6
_RACERS = 5
_RACE_SECONDS = 900.0
"""A report's recipe that takes ours longer than this is left to whoever has the hours."""
_LOOPS = {"report-loop": train_like_the_report, "tidy-loop": train_tidily}
_FRAMEWORKS = {"skorch": train_with_skorch, "keras": train_with_keras}
_OURSELVES = {"one-by-one": one_by_one, "always-stacked": always_stacked}
_WHOLE = [each.id for each in find_assignment("dat565").experiments]
_SWEEP_STEPS = 10
_SWEEPS = (
    "dat565/weight-decay",
    "jhu482/pentagons-starts",
    "comp576/lenet5-optimisers",
    "comp576/recurrent",
    "cs7cs4/l1-weights",
)
_SLOW_STACK = "comp576/lenet5-optimisers"


@pytest.mark.rivals
@pytest.mark.parametrize("rival", [*_LOOPS, *_FRAMEWORKS])
def test_model_speedup(
    benchmark: Any, trained_model: ModelCard, rival: str, workbench: Workbench, figures: Figures
) -> None:
    """Timed: the whole duel over an epoch of the run's recipe. The figure is their time over ours.

    The fraction of the roof is ours, of the epoch's cost over the time of training and test.
    """
    trial = workbench.trial(trained_model, "cpu")
    if rival in _FRAMEWORKS:
        if find_spec(rival) is None:  # importing Keras would choose its back end
            pytest.skip(f"{rival} is not installed (extra `rivals`)")
        if not can_be_a_frameworks(trial.recipe):
            pytest.skip("frameworks are asked for plain classifications alone")
    figures.describe(trial, metric="speedup")
    figures.record(rival=rival)
    side = by_loop((_LOOPS | _FRAMEWORKS)[rival])
    found = _duel(benchmark, figures, start_of_trial(trial), trial, side, by_stack)
    epoch = trial.cost_of(replace(trial.recipe, epochs=1))
    reached = workbench.roofline_fraction(epoch * (1 / median(found.ratio.b_seconds)), "cpu")
    figures.record(roofline_fraction=reached)


@pytest.mark.rivals
@pytest.mark.parametrize("rival", _LOOPS)
def test_bfloat16_speedup(
    benchmark: Any, trained_model: ModelCard, rival: str, workbench: Workbench, figures: Figures
) -> None:
    """Timed: the same duel with our training steps, not the rival's, computed in bfloat16."""
    trial = workbench.trial(trained_model, "cpu")
    figures.describe(trial, metric="speedup")
    figures.record(rival=f"{rival}, ours in bfloat16")
    side = by_loop(_LOOPS[rival])
    _duel(benchmark, figures, start_of_trial(trial), trial, side, in_bfloat16)


@pytest.mark.rivals
def test_same_accuracy(
    benchmark: Any, trained_model: ModelCard, workbench: Workbench, figures: Figures
) -> None:
    """Timed: the whole race to where the report's recipe ends on the report's data.

    Five trainings of ours, by a recipe of our own, and one of the report's loop by the report's.
    """
    trial = workbench.trial(trained_model, "cpu")
    if trial.budget != "paper" or trial.data.source != "real":
        pytest.skip("a race is to where a report's recipe ends: --data real --budget paper")
    if trial.budget in trained_model.at_chance:
        pytest.skip(f"a race to a guess: {trained_model.at_chance[trial.budget]}")
    if trained_model.id not in SPRINTS:
        pytest.skip("no recipe of ours was looked for: the report's takes hours")
    trial.warm_up()
    if (expected := trial.expected_seconds()) > _RACE_SECONDS:
        pytest.skip(f"the report's recipe takes {expected:.0f} s even as we train")
    figures.describe(trial, metric="speedup")
    figures.record(rival="report-loop, any recipe")
    recipe = SPRINTS[trained_model.id].of(trial.recipe)
    arguments = (trial, train_like_the_report, recipe, _RACERS)
    found = benchmark.pedantic(race, args=arguments, rounds=1, iterations=1)
    counts = trial.task.counts_right
    figures.record(
        target_accuracy=found.target if counts else None,
        target_loss=None if counts else -found.target,
        runs=found.ours.runs,
        runs_reached=found.ours.reached,
        epochs=recipe.epochs,
        batch_size=recipe.batch_size,
    )
    assert found.is_won, f"only {found.ours.reached} of {_RACERS} trainings became as accurate"
    value, low, high = found.times_as_fast()
    figures.record(speedup=value, speedup_low=low, speedup_high=high)


@pytest.mark.rivals
@pytest.mark.parametrize("rival", _LOOPS)
@pytest.mark.parametrize("experiment", _WHOLE)
def test_speedup(
    benchmark: Any, experiment: str, rival: str, workbench: Workbench, figures: Figures
) -> None:
    """Timed: the whole duel, by the report's recipe. The figure is the rival's time over ours."""
    chosen = find_experiment(experiment)
    trial = _first(workbench, chosen)
    figures.describe(trial, metric="speedup")
    figures.record(rival=rival, experiment=experiment, budget="paper")
    side = by_loop(_LOOPS[rival])
    _duel(benchmark, figures, start_of_experiment(chosen), trial, side, by_stack)


@pytest.mark.rivals
@pytest.mark.parametrize("rival", _OURSELVES)
@pytest.mark.parametrize("experiment", _SWEEPS)
def test_sweep(
    benchmark: Any, experiment: str, rival: str, workbench: Workbench, figures: Figures
) -> None:
    """Timed: the whole duel of our engine, which stacks where that pays, with itself otherwise.

    Ten steps of every model a round, by the report's recipe.
    """
    if (rival, experiment) == ("always-stacked", _SLOW_STACK):
        pytest.skip("fifteen LeNet-5 in one stack take minutes a round")
    chosen = find_experiment(experiment)
    trial = _first(workbench, chosen)
    figures.describe(trial, metric="speedup")
    figures.record(rival=rival, experiment=experiment, budget="paper")
    start = start_of_experiment(chosen, _SWEEP_STEPS)
    _duel(benchmark, figures, start, trial, _OURSELVES[rival], by_stack)


def _first(workbench: Workbench, experiment: Experiment) -> Trial:
    return workbench.trial(find_model(experiment.arms[0].model), "cpu")


def _duel(
    benchmark: Any, figures: Figures, start: Start, trial: Trial, theirs: Side, ours: Side
) -> Duel:
    """Run a duel and record it; nobody wins by learning less."""
    found: Duel = benchmark.pedantic(
        duel, args=(start, trial.data, theirs, ours, _ROUNDS), rounds=1, iterations=1
    )
    ratio = found.ratio
    figures.record(speedup=ratio.median, speedup_low=ratio.low, speedup_high=ratio.high)
    assert found.learns_no_less, "faster by learning less"
    return found
