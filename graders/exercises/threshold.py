"""JHU 600.482/682, question 1(a): `threshold_mlp(points)`, a network of thresholds set by hand."""

from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from graders.exercises.exercise import Array, Case, Diagnosis, Exercise, Floats
from reference_models.jhu482.pentagons import LOWER_SIDES, UPPER_SIDES, HalfPlane

_ANYWHERE = "points all over the square"
_UPPER = "points inside the upper pentagon"
_LOWER = "points inside the lower pentagon"
_NEAR = "points close to a side"
_POINTS = 64
_CLOSEST, _CLOSE = 0.5, 12.0
"""How far from a side points may be: rounding must not decide, but a wrong side must show."""

_Sides = tuple[HalfPlane, ...]
_PENTAGONS = (UPPER_SIDES, LOWER_SIDES)


def _distances(points: Floats, sides: _Sides) -> Floats:
    """`(N, sides)`: how far each point lies within each side, in units of the coordinates."""
    planes = np.array(sides, dtype=np.float64)
    apart: Floats = points @ planes[:, :2].T + planes[:, 2]
    return apart / np.hypot(planes[:, 0], planes[:, 1])


def _fires(points: Floats, sides: _Sides) -> NDArray[np.bool_]:
    return np.asarray((_distances(points, sides) > 0).all(axis=1))


def _inside(points: Floats) -> Array:
    """1 for points inside a pentagon, else 0."""
    return (_fires(points, UPPER_SIDES) | _fires(points, LOWER_SIDES)).astype(np.int64)


def _clear(points: Floats) -> NDArray[np.bool_]:
    """Whether points lie so far from every line that rounding does not decide."""
    apart = [np.abs(_distances(points, sides)).min(axis=1) for sides in _PENTAGONS]
    return np.asarray(np.minimum(*apart) > _CLOSEST)


def _drawn(generator: np.random.Generator) -> Floats:
    points = generator.uniform(0, 1000, size=(60 * _POINTS, 2))
    return points[_clear(points)]


def _cases(generator: np.random.Generator) -> Iterator[Case]:
    for _ in range(8):
        yield Case(_ANYWHERE, (_drawn(generator)[:_POINTS],))
    for group, sides in ((_UPPER, UPPER_SIDES), (_LOWER, LOWER_SIDES)):
        for _ in range(2):
            points = _drawn(generator)
            yield Case(group, (points[_fires(points, sides)][:_POINTS],))
    for _ in range(8):
        points = np.concatenate([_drawn(generator) for _ in range(4)])
        nearest = [np.abs(_distances(points, sides)) for sides in _PENTAGONS]
        close = np.concatenate(nearest, axis=1).min(axis=1) < _CLOSE
        yield Case(_NEAR, (points[close][:_POINTS],))


def _at_least(points: Floats, needed: int) -> Array:
    """What comes of an AND that fires with so many of its five sides."""
    counts = [(_distances(points, sides) > 0).sum(axis=1) for sides in _PENTAGONS]
    return np.asarray(np.maximum(*counts) >= needed).astype(np.int64)


def _constant(points: Floats, value: int) -> Array:
    return np.full(len(points), value, dtype=np.int64)


def _swapped(points: Floats) -> Array:
    return _inside(points[:, ::-1])


def _one(points: Floats, sides: _Sides) -> Array:
    return _fires(points, sides).astype(np.int64)


def _inverted(points: Floats) -> Array:
    return 1 - _inside(points)


THRESHOLD = Exercise(
    id="jhu482/threshold-mlp",
    title="Threshold network for two pentagons",
    signature="threshold_mlp(points)",
    reference=_inside,
    groups=(_ANYWHERE, _UPPER, _LOWER, _NEAR),
    cases=_cases,
    diagnoses=(
        Diagnosis(
            "always outside",
            partial(_constant, value=0),
            "It answers 'outside' everywhere. Either an AND never fires (five inputs of 1 need a "
            "bias between -5 and -4), or biases have the wrong size or sign: coordinates go from 0 "
            "to 1000, and a unit that fires where w.x > t has the bias -t.",
        ),
        Diagnosis(
            "always inside",
            partial(_constant, value=1),
            "It answers 'inside' everywhere. Look at the biases of the second layer, an AND of "
            "five sides (between -5 and -4), and of the output, an OR of two (between -1 and 0).",
        ),
        Diagnosis(
            "inside and outside exchanged",
            _inverted,
            "Inside and outside are exchanged: answer 1 inside a pentagon and 0 outside.",
        ),
        Diagnosis(
            "coordinates exchanged",
            _swapped,
            "The coordinates have changed places: a point is (x, y), and y goes up.",
        ),
        Diagnosis(
            "only the upper pentagon",
            partial(_one, sides=UPPER_SIDES),
            "Only the upper pentagon is found: the lower one's AND, or the OR of both, is wrong.",
        ),
        Diagnosis(
            "only the lower pentagon",
            partial(_one, sides=LOWER_SIDES),
            "Only the lower pentagon is found: the upper one's AND, or the OR of both, is wrong.",
        ),
        Diagnosis(
            "four of five sides are enough",
            partial(_at_least, needed=4),
            "An AND fires with four of its five sides: with weights of 1 its bias must lie between "
            "-5 and -4, not between -4 and -3.",
        ),
    ),
)
