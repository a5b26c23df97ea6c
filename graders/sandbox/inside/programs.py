"""Whole PyTorch models without their Python: TorchScript, and what `torch.export` saves."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import torch
import torch.export
from torch import Tensor

from .frames import Refusal
from .images import Shape, arrange, in_batches
from .loading import is_scripted
from .subject import Subject, module_state


def load(job: dict[str, Any], folder: Path, _: object) -> Subject:
    """Load the program; raises Refusal where it keeps no parameters of its own."""
    file = folder / job["module"]
    warnings.simplefilter("ignore")  # the libraries' own, of no use to a student
    subject = _scripted(file) if is_scripted(file) else _exported(file)
    if not subject.state:
        raise Refusal(
            f"{file.name} holds no parameters, only constants: save it before freezing or "
            "optimising it for inference"
        )
    return subject


def _scripted(file: Path) -> Subject:
    model = torch.jit.load(file, map_location="cpu").eval()
    return Subject(list(module_state(model)), model)


def _exported(file: Path) -> Subject:
    program = torch.export.load(file)
    model = program.module()
    size, shape = _declared_input(program)

    def run(images: Tensor) -> Tensor:
        found = model(images)
        first: Tensor = found[0] if isinstance(found, tuple | list) else found
        return first

    def respond(images: Tensor) -> object:
        return in_batches(run, arrange(images, shape), size)

    return Subject(list(module_state(program)), respond)


def _declared_input(program: Any) -> tuple[int | None, Shape]:
    """Return the batch size that the program is fixed to, or None, and the rest of its input."""
    wanted = program.graph_signature.user_inputs
    if len(wanted) != 1:
        raise Refusal(f"the exported program takes {len(wanted)} inputs; one, the images, is given")
    node = next(node for node in program.graph.nodes if node.name == wanted[0])
    sizes = [size if isinstance(size, int) else None for size in node.meta["val"].shape]
    return sizes[0], sizes[1:]
