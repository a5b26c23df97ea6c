"""Sittings: both checkouts' workers, begun anew, timed in turns."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from signal import Signals
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

from benchmarks.errors import MeasurementError

_WORKER = Path(__file__).with_name("worker.py")
_NEEDED = Path("benchmarks") / "workbench.py"
_PREPARATIONS = 6
_FEWEST_ROUNDS = 3
_SECONDS = 0.5
"""How long each figure is timed after a preparation, at the least."""


class Figure(NamedTuple):
    """What is timed: `answering` or `learning` of a model."""

    model: str
    name: str


@dataclass(frozen=True)
class Plan:
    """How much of each figure of a model both sides time at once; or why they cannot."""

    model: str
    amounts: Mapping[str, int]
    why_not: str = ""


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
            raise MeasurementError(f"{self._checkout}: its process {self._end()}")
        reply = json.loads(line)
        if "error" in reply:
            raise MeasurementError(f"{self._checkout}: cannot be timed: {reply['error']}")
        return reply["answer"]

    def _end(self) -> str:
        status = self._process.wait()
        if status < 0:
            return f"was killed by {Signals(-status).name}"
        self._noise.seek(0)
        lines = self._noise.read().strip().splitlines()
        return f"has ended: {lines[-1] if lines else 'it said nothing'}"


Pair = tuple[Worker, Worker]


@contextmanager
def working(checkout: Path) -> Iterator[Worker]:
    """Start a worker of `checkout`, with one thread: two that wait for work would hinder others.

    Raises MeasurementError for a folder without this project's source.
    """
    if not (checkout / _NEEDED).is_file():
        raise MeasurementError(
            f"{checkout}: holds no source of Gradebench ({_NEEDED} is missing): "
            "give the folder of a checkout"
        )
    with tempfile.TemporaryFile("w+", errors="replace") as noise:
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
                process.communicate()  # drops what the dead were not told


def plan(before: Path, after: Path, part: str = "") -> list[Plan]:
    """Plan what to time of every model of either checkout whose id holds `part`.

    Raises MeasurementError where a checkout cannot be asked.
    """
    with working(before) as one, working(after) as other:
        pair = one, other
        models, known = _both(pair, "models")
        wanted = [model for model in dict.fromkeys([*models, *known]) if part in model]
        return [_plan(pair, model, in_both=model in models and model in known) for model in wanted]


def _plan(pair: Pair, model: str, *, in_both: bool) -> Plan:
    if not in_both:
        return Plan(model, {}, "only in one of them")
    with _about(model):
        early, late = _both(pair, "plan", model)
    conditions = early["conditions"], late["conditions"]
    names = dict.fromkeys([*conditions[0], *conditions[1]])
    others = [name for name in names if len({str(each.get(name)) for each in conditions}) > 1]
    if others:
        return Plan(model, {}, f"other {', '.join(others)}")
    return Plan(model, early["amounts"])


def sit(
    before: Path, after: Path, plans: Sequence[Plan], number: int, seconds: float = _SECONDS
) -> Iterator[dict[Figure, float]]:
    """Time both checkouts in new processes, in turns; yield what each plan came to.

    That is the later checkout's seconds over the earlier one's: the median of all rounds, which
    are at least three and so many `seconds` after each of six preparations. The `number` of the
    sitting decides who begins, and which core both work on. Raises MeasurementError where a
    checkout cannot be timed.
    """
    first = number % 2
    with ExitStack() as stack:
        order = (before, after) if first == 0 else (after, before)
        begun = [stack.enter_context(working(each)) for each in order]
        pair = begun[first], begun[1 - first]
        _both(pair, "stay_on_core", number)
        for one in plans:
            yield _timed(pair, one, seconds, first)


def _timed(pair: Pair, plan: Plan, seconds: float, first: int) -> dict[Figure, float]:
    ratios: dict[str, list[float]] = {name: [] for name in plan.amounts}
    with _about(plan.model):
        for preparation in range(_PREPARATIONS):
            _both(pair, "prepare", plan.model, plan.amounts)
            for name in ratios:
                ratios[name] += _ratios(pair, name, seconds, (first + preparation) % 2)
    return {Figure(plan.model, name): median(found) for name, found in ratios.items()}


@contextmanager
def _about(model: str) -> Iterator[None]:
    """Say in an error which model it is about."""
    try:
        yield
    except MeasurementError as error:
        raise MeasurementError(f"{model}: {error}") from None


def _both(pair: Pair, what: str, *arguments: object) -> list[Any]:
    """Ask both at once what is not timed."""
    for each in pair:
        each.begin(what, *arguments)
    return [each.answer() for each in pair]


def _ratios(pair: Pair, figure: str, seconds: float, first: int) -> list[float]:
    ratios: list[float] = []
    end = perf_counter() + seconds
    while perf_counter() < end or len(ratios) < _FEWEST_ROUNDS:
        taken = [0.0, 0.0]
        turn = (len(ratios) + first) % 2
        for side in (turn, 1 - turn):
            taken[side] = pair[side].ask("seconds", figure)
        ratios.append(taken[1] / taken[0])
    return ratios
