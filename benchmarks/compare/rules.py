"""When two samples of a figure differ, and when nobody can say so.

Each rule takes `alpha`, the chance of calling two samples of the same thing different.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import exp, hypot, log
from statistics import fmean, median
from typing import Literal

from scipy import stats

from benchmarks.measure import wilson

Verdict = Literal["better", "worse", "no difference", "not comparable"]

CHANCE = 0.01
"""How often a comparison of the same code with itself may find anything at all."""

_MARGIN = 0.03
"""How far a machine strays of itself, though nothing has changed and its mood is taken out."""
_SPREADS = 2
"""So many widths of the rounds' middle half must a change be: on a busy machine they are wide."""
_OTHER_MOOD = 1.25
"""From this factor on a machine that slowed the control is another machine."""
_ANOTHER = "the machine itself was x {:.2f}: run again"
_FELT = 2
"""A network feels so much more of cores that are far apart: where meetings took 1.45 times as long,
it took twice as long."""
_COARSE_MARGIN, _COARSEST_MARGIN = 0.25, 1.0
"""The margins where there are too few rounds for a test of ranks, or too few for any spread."""
_SOME = 3
"""From so many rounds on a side has a spread, and so have sittings."""
_LEAST = 1.01
"""What is smaller between processes timed in turns is nobody's concern."""
_COUNTABLE = 50
"""Up to so many rounds all their orders are counted."""
_ALIKE = 1e-6
"""What is nearer than this, relatively, is one: threads add numbers in another order."""


Control = tuple[Sequence[float], Sequence[float]]
"""Seconds of the same fixed work in either run, one for each round."""


@dataclass(frozen=True)
class Finding:
    """A verdict on the later of two samples; the change, and why, in words."""

    verdict: Verdict
    change: str = ""
    why: str = ""


def of_counts(before: tuple[int, int], after: tuple[int, int], alpha: float) -> Finding:
    """Compare right answers of all, one training each, by the interval of their difference.

    Source: R. G. Newcombe (1998), Statistics in Medicine 17, 873-890, method 10: Wilson's intervals
    of both put together.
    """
    one, other = (wilson(*each, confidence=1 - alpha) for each in (before, after))
    change = other.value - one.value
    low = change - hypot(other.value - other.low, one.high - one.value)
    high = change + hypot(other.high - other.value, one.value - one.low)
    return Finding(_by_interval(low, high), _points(change, low, high))


def of_spread(
    before: Sequence[float], after: Sequence[float], alpha: float, *, less_is_better: bool = False
) -> Finding:
    """Compare figures of several seeds, at least two a side, by Welch's interval of their means.

    Source: B. L. Welch (1947), Biometrika 34, 28-35, as SciPy computes it.
    """
    change = fmean(after) - fmean(before)
    low = high = change
    if len({*before}) > 1 or len({*after}) > 1:
        low, high = _welch(before, after, alpha)
    elif abs(change) <= _ALIKE * abs(before[0]):
        low, high = min(change, 0.0), max(change, 0.0)
    if less_is_better:
        return Finding(_by_interval(-high, -low), f"{change:+.4g} [{low:+.4g}, {high:+.4g}]")
    return Finding(_by_interval(low, high), _points(change, low, high))


def of_rounds(
    before: Sequence[float],
    after: Sequence[float],
    alpha: float,
    control: Control | None = None,
    meeting: Control | None = None,
    unrest: float = 1.0,
) -> Finding:
    """Compare seconds of a run each by a test of ranks and a factor.

    `control` and `meeting` are the seconds of fixed work meanwhile, one for each of `before` and
    `after` (`benchmarks.measure.Control`). Ratios to the former are compared, for a run on a slower
    machine is no slower code. What the clock does not say must be more than what was taken out, and
    a machine that was far from itself cannot be taken out. What the latter may explain beyond that
    is no difference. What disturbs a round only ever makes it longer, so the fastest rounds must
    agree with the median ones. Where there are too few for the test, all of one side must lie above
    all of the other, and further.

    Rounds are neighbours in time, and how far two runs are apart they do not know. `unrest` is the
    factor that fixed work ranged over in these runs; what is no more than that cannot be compared.

    Source: H. B. Mann, D. R. Whitney (1947), Ann. Math. Statist. 18, 50-60, as SciPy computes it.
    """
    early, late = range(len(before)), range(len(before), len(before) + len(after))
    few = _ranks(early, late) >= alpha  # even of sides that are wholly apart
    why = f"{len(before)} and {len(after)} rounds tell only much" if few else ""
    rule = _apart if few else partial(_by_ranks, alpha=alpha)
    by_the_clock = rule(before, after)
    change = f"x {median(after) / median(before):.3f}"
    if control is None:
        return _beyond(unrest, median(after) / median(before), Finding(by_the_clock, change, why))
    mood, met = _mood(control), _mood(meeting or control)
    if _is_another(mood):
        return Finding("not comparable", change, _ANOTHER.format(mood))
    ours, theirs = _over(before, control[0]), _over(after, control[1])
    factor, verdict = median(theirs) / median(ours), rule(ours, theirs)
    swing = max(mood, 1 / mood)
    if verdict != by_the_clock and 1 / swing <= factor <= swing:
        verdict = "no difference"  # it is no more than what was taken out
    if _may_be_felt(factor, mood, met):
        verdict = "no difference"
    return _beyond(unrest, factor, Finding(verdict, f"x {factor:.3f} ({change} by the clock)", why))


def _beyond(unrest: float, factor: float, found: Finding) -> Finding:
    """What was found, if `factor` is more than the machine's `unrest`."""
    if found.verdict == "no difference" or not 1 / unrest <= factor <= unrest:
        return found
    return Finding("not comparable", found.change, f"fixed work ranged over x {unrest:.2f} as well")


def _is_another(mood: float) -> bool:
    return not 1 / _OTHER_MOOD < mood < _OTHER_MOOD


def _may_be_felt(factor: float, mood: float, met: float) -> bool:
    """Whether cores that were further apart, or nearer, may explain `factor`."""
    felt = (met / mood) ** _FELT
    return 1 < factor <= felt or felt <= factor < 1


def of_runs(
    before: Sequence[float],
    after: Sequence[float],
    alpha: float,
    control: Control,
    meeting: Control | None = None,
) -> Finding:
    """Compare seconds of several runs a side, one figure a run; the sides ran in turns, or should.

    By Welch's interval of the mean logarithms of their ratios to `control`, and a factor of at
    least 1.03. Another mood, and `meeting`, count as in `of_rounds`.
    """
    mood, met = _mood(control), _mood(meeting or control)
    if _is_another(mood):
        return Finding("not comparable", why=_ANOTHER.format(mood))
    sides = zip((before, after), control, strict=True)
    early, late = ([log(each) for each in _over(*side)] for side in sides)
    low = middle = high = fmean(late) - fmean(early)
    if max(_range(early), _range(late)) > _ALIKE:
        low, high = _welch(early, late, alpha)
    found = _of_logarithms(low, middle, high, least=1 + _MARGIN)
    felt = _may_be_felt(exp(middle), mood, met)
    return Finding("no difference", found.change) if felt else found


def of_sittings(ratios: Sequence[float], alpha: float) -> Finding:
    """Judge ratios of seconds, later over earlier, one a pair of processes timed in turns.

    By Student's interval of the mean logarithm, and a factor of at least 1.01. Of fewer than three
    pairs nothing is said.
    """
    if len(ratios) < _SOME:
        return Finding("not comparable", why=f"fewer than {_SOME} sittings have no spread")
    logarithms = [log(each) for each in ratios]
    low = middle = high = fmean(logarithms)
    if _range(logarithms) > _ALIKE:
        test = stats.ttest_1samp(logarithms, 0).confidence_interval(1 - alpha)
        low, high = float(test.low), float(test.high)
    return _of_logarithms(low, middle, high, least=_LEAST)


def _welch(before: Sequence[float], after: Sequence[float], alpha: float) -> tuple[float, float]:
    """The ends of the interval of how much more the mean of `after` is."""
    test = stats.ttest_ind(after, before, equal_var=False).confidence_interval(1 - alpha)
    return float(test.low), float(test.high)


def _of_logarithms(low: float, middle: float, high: float, least: float) -> Finding:
    """Judge the logarithm of a factor of time by its interval, if it is `least` at least."""
    change = f"x {exp(middle):.3f} [{exp(low):.3f}, {exp(high):.3f}]"
    matters = abs(middle) > log(least)
    return Finding(_by_interval(-high, -low) if matters else "no difference", change)


def _range(figures: Sequence[float]) -> float:
    return max(figures) - min(figures)


def _mood(control: Control) -> float:
    return median(control[1]) / median(control[0])


def _over(seconds: Sequence[float], controls: Sequence[float]) -> list[float]:
    return [second / control for second, control in zip(seconds, controls, strict=True)]


def _by_ranks(before: Sequence[float], after: Sequence[float], alpha: float) -> Verdict:
    if _ranks(before, after) >= alpha:
        return "no difference"
    margin = 1 + max(_MARGIN, _SPREADS * _spread(before), _SPREADS * _spread(after))
    factors = [how(after) / how(before) for how in (median, min)]
    if min(factors) > margin:
        return "worse"
    return "better" if max(factors) < 1 / margin else "no difference"


def _ranks(before: Sequence[float], after: Sequence[float]) -> float:
    """The chance of ranks so far apart; of few, the normal law knows it only roughly."""
    few = max(len(before), len(after)) <= _COUNTABLE
    test = stats.mannwhitneyu(before, after, method="exact" if few else "asymptotic")
    return float(test.pvalue)


def _spread(seconds: Sequence[float]) -> float:
    """The width of the middle half, relative to the median."""
    return float(stats.iqr(seconds)) / median(seconds)


def _apart(before: Sequence[float], after: Sequence[float]) -> Verdict:
    some = max(len(before), len(after)) >= _SOME
    margin = 1 + (_COARSE_MARGIN if some else _COARSEST_MARGIN)
    if min(after) > margin * max(before):
        return "worse"
    return "better" if min(before) > margin * max(after) else "no difference"


def _by_interval(low: float, high: float) -> Verdict:
    if low > 0:
        return "better"
    return "worse" if high < 0 else "no difference"


def _points(change: float, low: float, high: float) -> str:
    return f"{100 * change:+.2f} points [{100 * low:+.2f}, {100 * high:+.2f}]"
