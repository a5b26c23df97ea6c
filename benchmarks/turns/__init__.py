"""Two checkouts of this project, timed in turns: what two runs of benchmarks are too far apart for.

A machine's mood changes by tens of percent between two runs, and hardly between two passes of a few
milliseconds. Two processes of the same code still differ by some percent for as long as they live,
as their memory lies otherwise; so they are begun anew a dozen times.
"""

from benchmarks.turns.sittings import Figure, Plan, plan, sit

__all__ = ["Figure", "Plan", "plan", "sit"]
