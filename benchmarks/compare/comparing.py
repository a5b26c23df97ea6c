"""Every benchmark of two sides, paired and judged."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from statistics import fmean, median

from benchmarks.compare.rules import (
    CHANCE,
    Control,
    Finding,
    Verdict,
    of_counts,
    of_rounds,
    of_runs,
    of_spread,
)
from benchmarks.compare.sides import SPEEDS, Key, Measured, Side
from benchmarks.compare.unrest import unrest

_ENOUGH = 3
"""From so many seeds a side on their spread counts, and not the test set alone."""
_MANY = 5
"""From so many runs a side on their spread counts, and not that of the rounds."""

_BUSY = 0.25
"""So many threads that wait for others' cores have spoilt a run: two cores hardly ever have more
than 0.15 where nobody else works, and 0.4 to 0.8 beside one busy process."""
_OTHERS = "others had the cores meanwhile"

_QUESTION = ("data", "dataset", "data_key", "budget")
_MACHINE = ("cpu_model", "cores", "threads", "cuda_device", "keeps_memory")
_CONDITIONS = {
    "parameters": (),
    "accuracy": (*_QUESTION, "epochs", "test_samples"),
    "train_seconds": (*_QUESTION, "epochs", "batch_size", "dtype", *_MACHINE),
    "samples_per_second": (*_QUESTION, "dtype", *_MACHINE),
    "batch_samples_per_second": (*_QUESTION, "dtype", *_MACHINE),
    "training_samples_per_second": (*_QUESTION, "dtype", *_MACHINE),
}
"""What must be the same on both sides for a figure to mean the same."""
_WORDS = {
    "cpu_model": "processor",
    "cuda_device": "card",
    "keeps_memory": "kind of memory",
    "data_key": "contents of the data",
    "dataset": "data set",
    "test_samples": "number of test samples",
    "batch_size": "batch size",
    "cores": "number of cores",
    "threads": "number of threads",
}

Judge = Callable[[float], Finding]
"""From the chance of a false alarm to what is found."""


@dataclass(frozen=True)
class Comparison:
    """One figure of one model: both sides and the finding, in words."""

    key: Key
    before: str
    after: str
    finding: Finding

    @property
    def verdict(self) -> Verdict:
        """What became of the figure."""
        return self.finding.verdict


def compare_sides(before: Side, after: Side) -> list[Comparison]:
    """Compare all that either side has, in the order of `before`.

    Among all figures of one comparison the same code is called different in one of a hundred.
    """
    keys = [*before, *(key for key in after if key not in before)]
    devices = {key.device for key in keys}
    far = {device: unrest(_calm_side(before), _calm_side(after), device) for device in devices}
    judges = {
        key: _judge(key, before[key], after[key], far[key.device])
        for key in keys
        if key in before and key in after
    }
    asked = sum(not isinstance(judge, Finding) for judge in judges.values())
    return [
        Comparison(
            key,
            _told(key, before.get(key, [])),
            _told(key, after.get(key, [])),
            _finding(judges.get(key) or _missing(key, before), CHANCE / max(asked, 1)),
        )
        for key in keys
    ]


def _calm_side(side: Side) -> Side:
    return {key: _calm(runs) for key, runs in side.items()}


def _calm(runs: Sequence[Measured]) -> list[Measured]:
    """Those whose times nobody else has spoilt; of a figure that is no time all."""
    return [one for one in runs if (one.info.waiting_threads or 0) < _BUSY]


def _finding(judge: Judge | Finding, alpha: float) -> Finding:
    return judge if isinstance(judge, Finding) else judge(alpha)


def _missing(key: Key, before: Side) -> Finding:
    where = "before" if key in before else "after"
    return Finding("not comparable", why=f"measured only {where}")


def _judge(key: Key, before: list[Measured], after: list[Measured], far: float) -> Judge | Finding:
    """What is known without a test, or the test."""
    failed = [any(one.info.outcome == "failed" for one in side) for side in (before, after)]
    if failed == [False, True]:
        return Finding("worse", why="what it asserts no longer holds")
    others = list(_differences(key, before + after))
    if others:
        return Finding("not comparable", why=f"other {', '.join(others)}")
    if key.metric == "parameters":
        return _of_sizes(before[0].info.parameters, after[0].info.parameters)
    if key.metric == "accuracy":
        return _of_answers(before, after)
    early, late = _calm(before), _calm(after)
    if not early or not late:
        return Finding("not comparable", why=f"{_OTHERS}: run again alone")
    judge = _of_times(early, late, far)
    left_out = len(before + after) - len(early + late)
    return partial(_but_for, left_out, judge) if left_out else judge


def _but_for(left_out: int, judge: Judge, alpha: float) -> Finding:
    """Say how many runs were not looked at."""
    found = judge(alpha)
    note = f"{left_out} runs left out, for {_OTHERS}"
    return replace(found, why=", ".join(filter(None, (found.why, note))))


def _differences(key: Key, measured: Sequence[Measured]) -> Iterator[str]:
    for name in _CONDITIONS[key.metric]:
        where = "machine" if name in _MACHINE else "info"
        if len({getattr(getattr(one, where), name) for one in measured}) > 1:
            yield _WORDS.get(name, name)


def _of_sizes(before: int, after: int) -> Finding:
    if before == after:
        return Finding("no difference")
    return Finding("worse" if after > before else "better", f"{after - before:+,}")


def _of_answers(before: list[Measured], after: list[Measured]) -> Judge | Finding:
    """Accuracies, or losses where no answer is right or wrong."""
    name = "test_loss" if before[0].info.accuracy is None else "accuracy"
    ours, theirs = (_by_seed(side, name) for side in (before, after))
    if not ours or not theirs:
        return Finding("not comparable", why="there is no figure")
    if min(len(ours), len(theirs)) >= _ENOUGH:
        figures = ([*ours.values()], [*theirs.values()])
        return partial(of_spread, *figures, less_is_better=name == "test_loss")
    if ours == theirs:
        return Finding("no difference")
    if ours.keys() != theirs.keys():
        return Finding("not comparable", why=f"other seeds, and fewer than {_ENOUGH} a side")
    if len(ours) > 1 or name == "test_loss":
        return Finding("not comparable", why=f"fewer than {_ENOUGH} seeds a side have no spread")
    return partial(of_counts, _counts(before[-1]), _counts(after[-1]))


def _by_seed(side: list[Measured], name: str) -> dict[int, float]:
    """A figure by seed, in the order of the seeds; of one that ran twice the later."""
    found = {one.info.seed: getattr(one.info, name) for one in side}
    return {seed: found[seed] for seed in sorted(found) if found[seed] is not None}


def _counts(one: Measured) -> tuple[int, int]:
    samples = one.info.test_samples or 0
    return round((one.info.accuracy or 0.0) * samples), samples


def _of_times(before: list[Measured], after: list[Measured], far: float) -> Judge:
    control, meeting = (
        _control(before, after, name) for name in ("control_seconds", "meeting_seconds")
    )
    if control and min(len(before), len(after)) >= _MANY:
        early, late = ([median(one.rounds) for one in side] for side in (before, after))
        return partial(of_runs, early, late, control=control, meeting=meeting)
    ours, theirs = ([second for one in side for second in one.rounds] for side in (before, after))
    return partial(
        of_rounds,
        ours,
        theirs,
        control=control and _a_round(control, before, after),
        meeting=meeting and _a_round(meeting, before, after),
        unrest=far,
    )


def _control(before: list[Measured], after: list[Measured], name: str) -> Control | None:
    """The seconds of a fixed work in each run of either side; older runs do not have it."""
    early, late = ([getattr(one.info, name) for one in side] for side in (before, after))
    return None if None in early + late else (early, late)


def _a_round(control: Control, before: list[Measured], after: list[Measured]) -> Control:
    """The same for each round."""
    early, late = (
        [second for second, one in zip(seconds, side, strict=True) for _ in one.rounds]
        for seconds, side in zip(control, (before, after), strict=True)
    )
    return early, late


def _told(key: Key, side: Sequence[Measured]) -> str:
    """A side's figure: of several runs the mean, of times the median round."""
    if not side:
        return "-"
    if key.metric == "parameters":
        return f"{side[0].info.parameters:,}"
    if key.metric == "accuracy":
        known = [one.info.accuracy for one in side if one.info.accuracy is not None]
        losses = [one.info.test_loss for one in side if one.info.test_loss is not None]
        if known:
            return f"{100 * fmean(known):.2f} %"
        return f"loss {fmean(losses):.4g}" if losses else "-"
    middle = median([second for one in _calm(side) or side for second in one.rounds])
    return f"{1 / middle:,.0f} a second" if key.metric in SPEEDS else f"{middle:.4g} s"
