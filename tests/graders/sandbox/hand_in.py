"""A submission of a few lines, handed in and run in the real sandbox."""

import tempfile
from pathlib import Path
from threading import Event

import numpy as np
import torch

from graders.sandbox import EntryPoint, Limits, Observation, Sandbox, observe

LIMITS = Limits(wall_seconds=60, memory_bytes=2 * 2**30)
IMAGES = [np.ones((7, 1, 28, 28), np.float32), np.zeros((2, 1, 28, 28), np.float32)]
CONSTANT = """
import torch
from torch import nn

class Constant(nn.Module):
    def __init__(self):
        super().__init__()
        self.values = nn.Parameter(torch.arange(10.0))
        self.register_buffer("steps", torch.tensor(3))

    def forward(self, images):
        return images.sum((1, 2, 3))[:, None] + self.values
"""


def run(
    sandbox: Sandbox,
    code: str,
    limits: Limits = LIMITS,
    entry: EntryPoint | None = None,
    cancel: Event | None = None,
    weights: object = None,
) -> Observation:
    with tempfile.TemporaryDirectory(dir=sandbox.spool) as folder:
        (Path(folder) / "model.py").write_text(code)
        if weights is not None:
            torch.save(weights, Path(folder) / "w.pt")
        entry = entry or EntryPoint("model.py")
        return observe(sandbox, Path(folder), entry, IMAGES, (10,), limits, cancel)
