"""A function that students write: how it is asked, what is right, and known ways to be wrong."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Floats = NDArray[np.float64]
Arguments = tuple[Array, ...]
Answer = Callable[..., Array]
Cases = Callable[[np.random.Generator], Iterator["Case"]]


@dataclass(frozen=True)
class Case:
    """One call: its arguments, and the group of calls that it belongs to, in words."""

    group: str
    arguments: Arguments


@dataclass(frozen=True)
class Diagnosis:
    """A known mistake: what a function with it answers, and what to tell its author.

    `mistake` may return None for arguments on which it is not known what such a function does.
    """

    name: str
    mistake: Callable[..., Array | None]
    advice: str


@dataclass(frozen=True)
class Exercise:
    """A function of an assignment that is judged by calling it.

    `cases` draws fresh calls, at least one of every group in `groups`; `reference` answers them. An
    answer is right within `tolerance` of the largest expected number.
    """

    id: str
    title: str
    signature: str
    reference: Answer
    groups: tuple[str, ...]
    cases: Cases
    diagnoses: tuple[Diagnosis, ...] = ()
    tolerance: float = 1e-4

    @property
    def function(self) -> str:
        """The function's name."""
        return self.signature.partition("(")[0]

    def draw(self, seed: int) -> tuple[Case, ...]:
        """The calls that belong to `seed`."""
        return tuple(self.cases(np.random.default_rng(seed)))

    def is_right(self, answer: Array, expected: Array) -> bool:
        """Whether `answer` has the expected numbers in the expected shape."""
        return agrees(answer, expected, self.tolerance)


def agrees(answer: Array, expected: Array, tolerance: float) -> bool:
    """Whether two arrays are alike, but for axes of size 1 and what rounding does."""
    found, wanted = np.squeeze(answer), np.squeeze(expected)
    if found.shape != wanted.shape:
        return False
    size = max(1.0, float(np.abs(wanted.astype(np.float64)).max(initial=0.0)))
    with np.errstate(invalid="ignore"):
        apart = found.astype(np.float64) - wanted.astype(np.float64)
    return bool((np.abs(apart) <= tolerance * size).all())
