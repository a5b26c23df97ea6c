"""How far a machine strayed from itself while two sides were measured."""

from math import prod

from benchmarks.compare.sides import Measured, Side

_CONTROLS = ("control_seconds", "meeting_seconds")
_UNKNOWN = 2.0
_ENOUGH = 6
"""So many benchmarks a side say how far the machine strays."""


def unrest(before: Side, after: Side, device: str) -> float:
    """Return the factor that fixed work on `device` ranged over, and at least 2 where few tell.

    It is the product of that of products and that of meeting threads, over all benchmarks of both
    sides: 1.5 to 6 on two virtual cores that others use, where a network on two threads took up to
    three times as long in one run as in the next, while both controls took theirs.
    """
    sides = [_on(device, side) for side in (before, after)]
    factor = prod(_range([one for side in sides for one in side], name) for name in _CONTROLS)
    return factor if min(map(len, sides)) >= _ENOUGH else max(factor, _UNKNOWN)


def _on(device: str, side: Side) -> list[Measured]:
    """What was measured with controls beside it."""
    found = [one for key, all_ in side.items() if key.device == device for one in all_]
    return [one for one in found if one.info.control_seconds and one.info.meeting_seconds]


def _range(measured: list[Measured], name: str) -> float:
    seconds = [getattr(one.info, name) for one in measured]
    return max(seconds) / min(seconds) if seconds else 1.0
