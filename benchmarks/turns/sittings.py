"""Sittings: both checkouts' workers, begun anew, timed in turns."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from benchmarks.errors import MeasurementError
from benchmarks.measure import compare

_WORKER = Path(__file__).with_name("worker.py")
_NEEDED = Path("benchmarks") / "workbench.py"
_FEWEST_ROUNDS = 6
_SECONDS = 1.5
"""How long each figure is timed in a sitting, at the least."""


class Figure(NamedTuple):
    """What was timed: `answering` or `learning` of a model."""

    model: str
    name: str


Sitting = Mapping[Figure, float]
"""The seconds of the later checkout over those of the earlier one: the median of many rounds."""


class Worker:
    """A process with one checkout's code, that times what it is asked to."""

    def __init__(self, checkout: Path, process: "subprocess.Popen[str]", noise: Any) -> None:
        self._checkout = checkout
        self._process = process
        self._noise = noise

    def ask(self, what: str, *arguments: object) -> Any:
        """Return the answer; MeasurementError says what was wrong, and in which checkout."""
        self.begin(what, *arguments)
        return self.answer()

    def begin(self, what: str, *arguments: object) -> None:
        """Ask, and do not wait for the answer."""
        assert self._process.stdin  # noqa: S101 (a pipe)
        with suppress(BrokenPipeError):  # there will be no answer
            self._process.stdin.write(json.dumps([what, *arguments]) + "\n")
            self._process.stdin.flush()

    def answer(self) -> Any:
        """Wait for what was asked last, as `ask`."""
        assert self._process.stdout  # noqa: S101 (a pipe)
        line = self._process.stdout.readline()
        if not line:
            raise MeasurementError(f"{self._checkout}: its process has died: {self._last_words()}")
        reply = json.loads(line)
        if "error" in reply:
            raise MeasurementError(f"{self._checkout}: cannot be timed: {reply['error']}")
        return reply["answer"]

    def _last_words(self) -> str:
        self._noise.seek(0)
        lines = self._noise.read().strip().splitlines()
        return lines[-1] if lines else "it said nothing"


@contextmanager
def worker(checkout: Path) -> Iterator[Worker]:
    """Start a worker of `checkout`, with one thread: two that wait for work would hinder others.

    Raises MeasurementError for a folder without this project's source.
    """
    if not (checkout / _NEEDED).is_file():
        raise MeasurementError(
            f"{checkout}: holds no source of Gradebench ({_NEEDED} is missing): "
            "give the folder of a checkout"
        )
    with tempfile.TemporaryFile("w+") as noise:
        process = subprocess.Popen(
            [sys.executable, str(_WORKER), str(checkout.resolve())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=noise,
            text=True,
            cwd=checkout,
            env={**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
            start_new_session=True,  # Ctrl-C is for who asks
        )
        with process:
            try:
                yield Worker(checkout, process, noise)
            finally:
                process.kill()


def models_of_both(before: Path, after: Path) -> list[str]:
    """The models that both checkouts have."""
    with worker(before) as one, worker(after) as other:
        models, known = _both((one, other), "models")
        return [model for model in models if model in known]


def sit(
    before: Path, after: Path, models: Sequence[str], number: int, seconds: float = _SECONDS
) -> Iterator[Sitting]:
    """Time `models` of both checkouts in new processes, in turns; yield each model's figures.

    The `number` of the sitting decides who begins. Each figure takes at least `seconds` and six
    rounds. Raises MeasurementError where a checkout cannot be timed.
    """
    first = number % 2
    with ExitStack() as stack:
        order = (before, after) if first == 0 else (after, before)
        begun = [stack.enter_context(worker(each)) for each in order]
        pair = begun[first], begun[1 - first]
        _both(pair, "stay_on_core", number)
        for model in models:
            amounts, _ = _both(pair, "plan", model)
            _both(pair, "prepare", model, amounts)
            yield {Figure(model, name): _ratio(pair, name, seconds, first) for name in amounts}


def _both(pair: tuple[Worker, Worker], what: str, *arguments: object) -> list[Any]:
    """Ask both at once what is not timed."""
    for each in pair:
        each.begin(what, *arguments)
    return [each.answer() for each in pair]


def _ratio(pair: tuple[Worker, Worker], figure: str, seconds: float, first: int) -> float:
    taken: tuple[list[float], list[float]] = [], []
    end = perf_counter() + seconds
    while perf_counter() < end or len(taken[0]) < _FEWEST_ROUNDS:
        turn = (len(taken[0]) + first) % 2
        for side in (turn, 1 - turn):
            taken[side].append(pair[side].ask("seconds", figure))
    return compare(taken[1], taken[0]).median
