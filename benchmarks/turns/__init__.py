"""Two checkouts of this project, timed in turns: what two runs of benchmarks are too far apart for.

A machine's mood changes by tens of percent between two runs, and hardly between two passes of a few
milliseconds. The same code twice still differs by some percent for as long as its weights and
examples lie where they lie; so processes are begun anew a dozen times, in each of which a model is
prepared anew six times, itself and what it answers elsewhere in memory each time; what it learns
from stays.
"""

from benchmarks.turns.sittings import Figure, Plan, plan, sit

__all__ = ["Figure", "Plan", "plan", "sit"]
