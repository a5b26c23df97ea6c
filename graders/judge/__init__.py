"""From what was seen to points: each criterion of a rubric turned into a check."""

from graders.judge.function import FunctionJudge
from graders.judge.model import Judge
from graders.judge.ruling import LOST, UNMET, Ruling, rule, verdict_of

__all__ = ["LOST", "UNMET", "FunctionJudge", "Judge", "Ruling", "rule", "verdict_of"]
