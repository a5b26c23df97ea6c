"""A function trains a model in a child: what is timed, what it is told, and what ends it."""

from pathlib import Path

import numpy as np
import pytest

from graders.sandbox import Entrant, EntryPoint, Limits, Sandbox, Trained, observe_training

LIMITS = Limits(wall_seconds=60, memory_bytes=2 * 2**30)
LESSON = (np.full((6, 2), 2, np.uint8), np.arange(6, dtype=np.int64))
BATCHES = [np.ones((3, 2), np.float32), np.zeros((1, 2), np.float32)]
TRAIN = """
import time
import torch
from torch import nn

class Mean(nn.Module):
    def __init__(self, value):
        super().__init__()
        self.value = nn.Parameter(value)

    def forward(self, inputs):
        return inputs.sum(1, keepdim=True) + self.value

def train(images, labels):
    assert labels.dtype == torch.int64
    return Mean(images.float().mean() + labels.float().mean())
"""


def taught(sandbox: Sandbox, folder: Path, code: str) -> Trained:
    (folder / "model.py").write_text(code)
    entrant = Entrant(folder, EntryPoint("model.py", "build_model", "weights.pt"))
    return observe_training(sandbox, entrant, LESSON, BATCHES, (1,), LIMITS)


def test_the_trained_model_answers(sandbox: Sandbox, folder: Path) -> None:
    seen = taught(sandbox, folder, TRAIN)
    assert seen.fault is None
    assert seen.answers is not None
    assert seen.answers.tolist() == [[6.5], [6.5], [6.5], [4.5]]
    assert seen.seconds > 0


@pytest.mark.parametrize("slow", ["    return Mean(", "        return inputs"])
def test_training_and_answers_are_timed(sandbox: Sandbox, folder: Path, slow: str) -> None:
    indent = slow[: len(slow) - len(slow.lstrip())]
    seen = taught(sandbox, folder, TRAIN.replace(slow, f"{indent}time.sleep(0.3)\n{slow}"))
    assert seen.fault is None
    assert seen.seconds >= 0.3


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import torch", "its function is not there: model.py has no function train()"),
        ("1 +", "its code does not import: SyntaxError"),
        ("def train(images, labels): return None", "its training gave up: it returned None"),
        ("def train(images, labels): return 1 / 0", "its training gave up: ZeroDivisionError"),
        ("def train(images, labels): raise SystemExit", "its training gave up: SystemExit"),
        (TRAIN.replace("inputs.sum", "inputs.some"), "its model fails on the test images"),
    ],
)
def test_what_ends_a_training_is_told(
    sandbox: Sandbox, folder: Path, code: str, reason: str
) -> None:
    seen = taught(sandbox, folder, code)
    assert seen.answers is None
    assert seen.fault is not None
    assert seen.fault.blame == "submission"
    assert reason in seen.fault.reason
