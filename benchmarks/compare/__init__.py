"""Two sides of benchmark runs, figure by figure: better, worse, no difference, not comparable."""

from benchmarks.compare.comparing import Comparison, compare_sides
from benchmarks.compare.rules import (
    CHANCE,
    Finding,
    Verdict,
    of_counts,
    of_rounds,
    of_runs,
    of_sittings,
    of_spread,
)
from benchmarks.compare.sides import Key, Side, load_side

__all__ = [
    "CHANCE",
    "Comparison",
    "Finding",
    "Key",
    "Side",
    "Verdict",
    "compare_sides",
    "load_side",
    "of_counts",
    "of_rounds",
    "of_runs",
    "of_sittings",
    "of_spread",
]
