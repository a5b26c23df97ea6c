"""Every model that a rubric is for, in every form that it can be handed in as."""

import base64
import json
import tarfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from graders.errors import RubricError
from graders.questions import Questions, recipe_of
from graders.rubric import CasesCriterion, bundled_rubric, load_rubric
from reference_models import ModelCard, model_cards
from reference_models.data import load_dataset, scale_pixels
from reference_models.training import Decision, predict

from .as_keras import save_keras

CODE = """
import base64, io, torch

def build_model():
    return torch.jit.load(io.BytesIO(base64.b64decode(PROGRAM)))

PROGRAM = "{program}"
"""


class Work:
    """A student's model of one assignment: the reference as it is drawn, untrained."""

    def __init__(self, card: ModelCard) -> None:
        torch.manual_seed(0)
        self.card = card
        self.model: nn.Module = card.build().eval()
        _move(self.model)
        self.questions = Questions.of(card, load_dataset(card.dataset))

    def inputs(self, count: int = 2) -> torch.Tensor:
        """The first test examples, as the model reads them."""
        return scale_pixels(self.questions.stored[:count], self.questions.scale)

    def program(self, path: Path) -> Path:
        """A TorchScript file."""
        with warnings.catch_warnings(action="ignore"):
            torch.jit.save(torch.jit.trace(self.model, self.inputs(), check_trace=False), path)
        return path

    def code(self, folder: Path) -> str:
        """Code with the whole model in it."""
        program = self.program(folder / "program")
        told = CODE.replace("{program}", base64.b64encode(program.read_bytes()).decode())
        program.unlink()
        return told

    def answers(self) -> np.ndarray:
        """What it answers to every test example, in its own words: a decision is one number."""
        recipe = recipe_of(self.card)
        task = recipe.task if recipe else self.card.task
        asked = self.questions
        found = predict(self.model, asked.stored, asked.scale, asked.batch_size, task).numpy()
        return found[:, 1:] if isinstance(task, Decision) else found


def _move(model: nn.Module) -> None:
    """Away from zeros and repetitions, which an exporter leaves out; a trained network has none."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=1e-3)


def folder(work: Work, path: Path) -> None:
    path.mkdir()
    (path / "model.py").write_text(work.code(path))


def beside(work: Work, path: Path) -> Path:
    """A folder to be packed."""
    folder(work, path.with_name("packed"))
    return path.with_name("packed")


def zipped(work: Work, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(beside(work, path) / "model.py", "work/model.py")


def tarred(work: Work, path: Path) -> None:
    with tarfile.open(path, "w:gz") as archive:
        archive.add(beside(work, path), "work")


def file(work: Work, path: Path) -> None:
    path.write_text(work.code(path.parent))


def notebook(work: Work, path: Path) -> None:
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    cells = [{**cell, "source": work.code(path.parent)}]
    path.write_text(
        json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells})
    )


def state(work: Work, path: Path) -> None:
    torch.save(work.model.state_dict(), path)


def tensors(work: Work, path: Path) -> None:
    save_file({name: one.contiguous() for name, one in work.model.state_dict().items()}, path)


def script(work: Work, path: Path) -> None:
    work.program(path)


def exported(work: Work, path: Path) -> None:
    shapes = ({0: torch.export.Dim.AUTO},)
    torch.export.save(
        torch.export.export(work.model, (work.inputs(),), dynamic_shapes=shapes), path
    )


def onnx(work: Work, path: Path) -> None:
    pytest.importorskip("onnxscript")
    shapes = ({0: torch.export.Dim.AUTO},)
    with warnings.catch_warnings(action="ignore"):
        torch.onnx.export(
            work.model,
            (work.inputs(),),
            path,
            dynamic_shapes=shapes,
            external_data=False,
            verbose=False,
        )


def keras(work: Work, path: Path) -> None:
    save_keras(work.model, tuple(work.inputs().shape[1:]), path)


def rows(work: Work, path: Path) -> None:
    np.save(path, work.answers())


def lines(work: Work, path: Path) -> None:
    answers = work.answers()
    np.savetxt(path, answers.reshape(len(answers), -1), delimiter=",")


WITH_NETWORK: dict[str, Callable[[Work, Path], None]] = {
    "weights.safetensors": tensors,
    "weights.pt": state,
    "weights.pth": state,
    "folder": folder,
    "work.zip": zipped,
    "work.tar.gz": tarred,
    "work.py": file,
    "work.ipynb": notebook,
    "whole.ts": script,
    "whole.pt2": exported,
    "whole.onnx": onnx,
    "whole.keras": keras,
    "whole.h5": keras,
}
PREDICTIONS: dict[str, Callable[[Work, Path], None]] = {"rows.npy": rows, "rows.csv": lines}


def gradable() -> list[ModelCard]:
    """The models that a rubric ships for; functions are code, whatever they are packed in."""
    return [card for card in model_cards() if _is_graded_as_model(card.id)]


def _is_graded_as_model(model: str) -> bool:
    try:
        rubric = load_rubric(bundled_rubric(model))
    except RubricError:
        return False
    return not any(isinstance(one, CasesCriterion) for one in rubric.criterion)
