"""One side of a comparison in turns: a process that runs one checkout's code, and is asked.

`python worker.py CHECKOUT` is started by its path, so that the code of `CHECKOUT` need not know of
it. It reads a line of JSON from its standard input, `[what, argument, ...]`, and answers in a line:
`{"answer": ...}` or `{"error": "..."}`.
"""

import json
import os
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

_PASS_FLOPS, _EPOCH_FLOPS = 2e7, 1e8
"""What an answering pass and a learning epoch may cost: a millisecond of a core, and some.

One example and two steps are the least, and cost more of a large model; fifty steps of a small one
may take thirty milliseconds, for dispatch.
"""
_EPOCHS = 4
"""The first of them fills the caches; the median of the others counts."""
_PAGES = Path(__file__).parents[1] / "measure" / "pages.py"
_MOST_EXAMPLES = 128
"""Of a small model they stay in the core's own cache; memory is other machines' as well."""
_FEWEST_STEPS, _MOST_STEPS = 2, 50


class Bench:
    """The models of a checkout, of which the one prepared last can be timed."""

    def __init__(self) -> None:
        from benchmarks.settings import Settings
        from benchmarks.workbench import Workbench
        from reference_models.catalogue import model_cards

        self._workbench = Workbench(Settings(device="cpu"))
        self._cards = {card.id: card for card in model_cards()}
        self._timed: dict[str, Callable[[], float]] = {}
        self._kept: dict[str, list[Any]] = {}

    def stay_on_core(self, number: int) -> None:
        """Work on one core only, which the other side has as well: cores are not equally fast."""
        if hasattr(os, "sched_setaffinity"):
            cores = sorted(os.sched_getaffinity(0))
            os.sched_setaffinity(0, {cores[number % len(cores)]})

    def models(self) -> list[str]:
        """Every model's id."""
        return list(self._cards)

    def plan(self, model: str) -> dict[str, dict[str, Any]]:
        """How much of each figure to time at once, and what must be the same on both sides.

        Amounts are examples to answer and steps to learn by.
        """
        trial = self._workbench.trial(self._cards[model], "cpu")
        conditions: dict[str, Any] = {"data": trial.data.key}
        answered = int(_PASS_FLOPS / max(trial.forward_flops, 1))
        amounts = {"answering": min(max(answered, 1), _MOST_EXAMPLES)}
        if trial.card.is_trained:
            recipe = trial.recipe
            batch = max(recipe.batch_size // recipe.task.samples_per_example, 1)
            steps = int(_EPOCH_FLOPS / max(trial.step_cost.flops * batch, 1))
            amounts["learning"] = min(max(steps, _FEWEST_STEPS), _MOST_STEPS)
            conditions["batch size"] = recipe.batch_size
            if recipe.trains:
                length = {"epochs": recipe.epochs, "steps": recipe.steps}
                conditions |= {"layers held still": recipe.trains, **length}
        return {"amounts": amounts, "conditions": conditions}

    def prepare(self, model: str, amounts: dict[str, int]) -> None:
        """Get ready to time so much of `model`.

        Learning is an epoch. Where a recipe holds layers still, what they make of the data is asked
        once a training, and it is the whole training instead.
        """
        from dataclasses import replace

        from benchmarks.measure import timed_pass
        from reference_models.training import fit

        trial = self._workbench.trial(self._cards[model], "cpu")
        trial.warm_up()
        examples, untrained = trial.examples(amounts["answering"]).clone(), trial.fresh_model()
        # What is kept lies where it lies, and what is prepared next elsewhere.
        self._kept = {model: [*self._kept.get(model, []), examples, untrained]}
        one_pass = timed_pass(lambda asked: trial.answer(untrained, asked), examples)

        def answering() -> float:
            one_pass()
            return one_pass.seconds[-1]

        def learning() -> float:
            model, recipe = trial.prepared_model(), trial.recipe
            if recipe.trains:
                start = perf_counter()
                fit(model, trial.data, recipe, evaluate=False)
                return perf_counter() - start
            short = replace(recipe, epochs=_EPOCHS, steps=amounts["learning"])
            epochs = fit(model, trial.data, short, evaluate=False).epochs
            return median(epoch.seconds for epoch in epochs[1:])

        self._timed = {"answering": answering, "learning": learning}
        for figure in amounts:
            self._timed[figure]()

    def seconds(self, figure: str) -> float:
        """Time the prepared model once."""
        return self._timed[figure]()


def serve(checkout: Path) -> None:
    """Answer requests until there are no more."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no reply
    runpy.run_path(str(_PAGES))["settle_memory"]()  # for both sides alike, whatever theirs know of
    sys.path[0] = str(checkout)
    bench = None
    for line in sys.stdin:
        what, *arguments = json.loads(line)
        try:
            bench = bench or _open(checkout)
            reply: dict[str, Any] = {"answer": getattr(bench, what)(*arguments)}
        except Exception as error:  # noqa: BLE001 (told to who asked)
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=replies, flush=True)


def _open(checkout: Path) -> Bench:
    import benchmarks

    found = Path(benchmarks.__file__).resolve()
    if checkout.resolve() not in found.parents:
        raise ImportError(f"its code is not used, but that of {found.parent}")
    return Bench()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
