"""The reports' experiments, trained again, and every figure they printed beside ours."""

from benchmarks.reproduction.compare import Comparison, compare
from benchmarks.reproduction.evaluation import Evaluation, evaluate_weights
from benchmarks.reproduction.page import figure_name, page
from benchmarks.reproduction.records import add_runs, read_records, runs_under
from benchmarks.reproduction.runs import Conditions, Reproduction, Run
from benchmarks.reproduction.train import asked_measures, reproduce
from benchmarks.reproduction.weights import arm_of, weights_file

__all__ = [
    "Comparison",
    "Conditions",
    "Evaluation",
    "Reproduction",
    "Run",
    "add_runs",
    "arm_of",
    "asked_measures",
    "compare",
    "evaluate_weights",
    "figure_name",
    "page",
    "read_records",
    "reproduce",
    "runs_under",
    "weights_file",
]
