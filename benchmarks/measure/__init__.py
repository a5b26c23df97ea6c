"""One figure a function: what each returns, in which unit, and how sure it is."""

from benchmarks.measure.accuracy import Accuracy, score, wilson
from benchmarks.measure.clock import Stopwatch
from benchmarks.measure.constant import constant_answer_loss
from benchmarks.measure.control import Control
from benchmarks.measure.cost import Cost, forward_cost, training_cost
from benchmarks.measure.memory import peak_memory
from benchmarks.measure.pages import settle_memory
from benchmarks.measure.parameters import count_parameters
from benchmarks.measure.peak import copy_peak, matmul_peak
from benchmarks.measure.profile import product_share
from benchmarks.measure.ratio import Ratio, compare, interleave
from benchmarks.measure.reach import Reach, reach, seconds_to
from benchmarks.measure.threads import threads
from benchmarks.measure.throughput import examples_a_pass, samples_per_second, timed_pass
from benchmarks.measure.trained import measure_trained

__all__ = [
    "Accuracy",
    "Control",
    "Cost",
    "Ratio",
    "Reach",
    "Stopwatch",
    "compare",
    "constant_answer_loss",
    "copy_peak",
    "count_parameters",
    "examples_a_pass",
    "forward_cost",
    "interleave",
    "matmul_peak",
    "measure_trained",
    "peak_memory",
    "product_share",
    "reach",
    "samples_per_second",
    "score",
    "seconds_to",
    "settle_memory",
    "threads",
    "timed_pass",
    "training_cost",
    "wilson",
]
