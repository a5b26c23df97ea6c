"""From what was seen to points: each criterion of a rubric turned into a check."""

from graders.judge.model import Judge
from graders.judge.ruling import LOST, UNMET, Ruling, rule

__all__ = ["LOST", "UNMET", "Judge", "Ruling", "rule"]
