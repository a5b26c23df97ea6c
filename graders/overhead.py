"""What grading costs beyond evaluating: the price of a submission, in turns with rivals."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import torch

from benchmarks.measure import Ratio, interleave, threads
from graders import otter
from graders.errors import RivalError, SandboxError
from graders.exam import Exam
from graders.rubric import bundled_rubric, load_rubric
from graders.sandbox import Limits, Sandbox
from graders.submissions import open_submission
from reference_models import find_model
from reference_models.data import Dataset, load_dataset
from reference_models.training import evaluate
from reference_models.weights import save_weights

MODEL = "dat565/dense-64-64"
IMAGES = 10_000
_FEWEST = 6

_CODE = """
from collections import OrderedDict
from torch import nn

def build_model():
    return nn.Sequential(OrderedDict(
        flatten=nn.Flatten(),
        hidden1=nn.Linear(784, 64), relu1=nn.ReLU(),
        hidden2=nn.Linear(64, 64), relu2=nn.ReLU(),
        output=nn.Linear(64, 10),
    ))
"""


@dataclass(frozen=True)
class Overhead:
    """Seconds that grading one submission takes beyond the same evaluation in a running process.

    It is how long one waits, on a machine with a processor to spare: what is made ahead of time for
    the next submission is made while nobody waits, and a class that keeps every processor busy
    waits for that, too. In every second round one grading follows another, and waits for its child
    to be gone; the median is over both kinds of rounds.

    `graded` sets grading against that evaluation, `started` sets a fresh `python -c "import torch"`
    against grading, and `otter` what `otter run` takes for a notebook of one cell, where it is
    installed, else why it was not measured: all in turns, with a 95 % interval of the ratio.
    """

    graded: Ratio
    started: Ratio
    otter: Ratio | str

    @property
    def seconds(self) -> float:
        """The median, over the rounds, of what grading took longer."""
        return median(
            graded - evaluated
            for graded, evaluated in zip(self.graded.a_seconds, self.graded.b_seconds, strict=True)
        )

    def times_cheaper_than(self, rival: Ratio) -> float:
        """How often the overhead goes into what `rival` set against grading."""
        return median(rival.a_seconds) / self.seconds


def measure_overhead(sandbox: Sandbox, rounds: int = 50, *, with_code: bool = False) -> Overhead:
    """Grade the weights of the 784-64-64-10 network on 10,000 images, with a model.py or alone.

    Code answers for itself, and costs an evaluation more: the reference computes, too, whether the
    answers come from the weights. Torch computes with one thread on both sides. SandboxError where
    the sandbox does not hold.
    """
    card = find_model(MODEL)
    data = _many(load_dataset(card.dataset))
    exam = Exam(card, load_rubric(bundled_rubric(MODEL)), data, sandbox, Limits())
    model, recipe = card.build(), card.recipes["quick"]
    with TemporaryDirectory(prefix="gradebench-") as folder, threads(1):
        source = Path(folder) / "ada"
        source.mkdir()
        if with_code:
            (source / "model.py").write_text(_CODE)
        save_weights(model, source / "weights.safetensors")

        def grade() -> None:
            with open_submission(source, within=sandbox.spool) as submission:
                given = exam.grade(submission, "ada")
            if not any(check.interval for check in given.checks):
                raise SandboxError(f"what should be timed was not graded: {given.reason}")

        def run() -> None:
            evaluate(model, data.test, recipe.input_scale, recipe.task)

        few = max(_FEWEST, rounds // 8)  # of what takes seconds
        graded = interleave(grade, run, rounds)
        started = interleave(_import_torch, grade, few)
        return Overhead(graded, started, _beside_otter(grade, few))


def _beside_otter(grade: Callable[[], None], rounds: int) -> Ratio | str:
    if not otter.is_there():
        return "otter-grader is not there to compare with (extra `rivals`)"
    try:
        with otter.otter_run() as run:
            return interleave(run, grade, rounds)
    except RivalError as error:
        return str(error)


def _many(data: Dataset) -> Dataset:
    """The data set with its test images repeated until there are 10,000."""
    positions = torch.arange(IMAGES) % len(data.test)
    return replace(data, test=data.test.take(positions))


def _import_torch() -> None:
    subprocess.run([sys.executable, "-c", "import torch"], check=True)
