"""One trained network in every form, what it answers, and how a form is graded."""

import json
import os
import tarfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from graders.classroom import grade_all
from graders.exam import Exam
from graders.grade import Grade
from graders.store import open_store
from reference_models import find_model
from reference_models.data import Dataset, scale_pixels

MODEL = "dat565/dense-64-64"
GOOD = Path(__file__).parents[3] / "examples" / "submissions" / "good"
CODE = """
from torch import nn

def build_model():
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)
    )
"""
LAYERS = ("first", "second", "third")


def state() -> dict[str, Tensor]:
    """Trained weights under the names that `CODE` gives them."""
    arrays = load_file(GOOD / "weights.safetensors")
    return {
        f"{number}.{what}": arrays[f"{layer}.{what}"]
        for number, layer in zip((1, 3, 5), LAYERS, strict=True)
        for what in ("weight", "bias")
    }


def network() -> nn.Module:
    names: dict[str, Any] = {}
    exec(CODE, names)  # noqa: S102
    model: nn.Module = names["build_model"]()
    model.load_state_dict(state())
    return model.eval()


def reference_state() -> dict[str, Tensor]:
    """The same weights under the names of the assignment's own network."""
    names = find_model(MODEL).build().state_dict()
    return dict(zip(names, state().values(), strict=True))


def beside_code(folder: Path) -> Path:
    folder.mkdir()
    (folder / "model.py").write_text(CODE)
    torch.save(state(), folder / "w.pt")
    return folder


def zipped(path: Path) -> Path:
    source = beside_code(path.with_suffix(""))
    with zipfile.ZipFile(path, "w") as archive:
        for file in source.iterdir():
            archive.write(file, f"work/{file.name}")
    return path


def tarred(path: Path) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        archive.add(beside_code(path.with_name("packed")), "work")
    return path


def written(path: Path) -> Path:
    """Code alone, with its numbers in it."""
    numbers = {name: tensor.tolist() for name, tensor in state().items()}
    loading = "    return model.eval()"
    code = CODE.replace("return nn", "model = nn") + (
        f"    model.load_state_dict({{k: torch.tensor(v) for k, v in STATE.items()}})\n{loading}\n"
    )
    path.write_text(f"import torch\nSTATE = {numbers}\n{code}")
    return path


def noted(path: Path) -> Path:
    sources = [
        "!pip install torch\n%matplotlib inline",
        written(path.with_suffix(".py")).read_text(),
    ]
    cells = [
        {"cell_type": "code", "source": one, "metadata": {}, "outputs": [], "execution_count": None}
        for one in sources
    ]
    document = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}
    path.write_text(json.dumps(document))
    return path


def saved(path: Path) -> Path:
    torch.save({"state_dict": state(), "epoch": 9}, path)
    return path


def named_as_asked(path: Path) -> Path:
    torch.save(dict(reversed(reference_state().items())), path)
    return path


def tensors(path: Path) -> Path:
    save_file(state(), path)
    return path


def scripted(path: Path) -> Path:
    with warnings.catch_warnings(action="ignore"):
        torch.jit.save(torch.jit.script(network()), path)
    return path


def traced(path: Path) -> Path:
    with warnings.catch_warnings(action="ignore"):
        torch.jit.save(torch.jit.trace(network(), torch.zeros(1, 1, 28, 28)), path)
    return path


def exported(path: Path, *, any_batch: bool = True) -> Path:
    shapes = ({0: torch.export.Dim.AUTO},) if any_batch else None
    program = torch.export.export(network(), (torch.zeros(3, 1, 28, 28),), dynamic_shapes=shapes)
    torch.export.save(program, path)
    return path


def fixed(path: Path) -> Path:
    return exported(path, any_batch=False)


def onnx_by_torch(path: Path) -> Path:
    pytest.importorskip("onnxscript")
    with warnings.catch_warnings(action="ignore"):
        torch.onnx.export(network(), (torch.zeros(1, 1, 28, 28),), path, external_data=False)
    return path


def onnx_as_products(path: Path) -> Path:
    """As other exporters write it: matrices as (in, out), biases added by nodes of their own."""
    onnx = pytest.importorskip("onnx")
    helper = onnx.helper
    nodes = [helper.make_node("Flatten", ["images"], ["x0"])]
    initializers = []
    for number, (weight, bias) in enumerate(
        zip(list(state().values())[::2], list(state().values())[1::2], strict=True)
    ):
        here, there = f"x{number}", f"x{number + 1}"
        for name, values in ((f"w{number}", weight.T), (f"b{number}", bias)):
            initializers.append(onnx.numpy_helper.from_array(values.numpy().copy(), name))
        nodes += [
            helper.make_node("MatMul", [here, f"w{number}"], [f"p{number}"]),
            helper.make_node("Add", [f"b{number}", f"p{number}"], [f"s{number}"]),
            helper.make_node("Relu" if number < 2 else "Softmax", [f"s{number}"], [there]),
        ]
    real = onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("images", real, ["n", 28, 28, 1])],
        [helper.make_tensor_value_info("x3", real, ["n", 10])],
        initializers,
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(made, path)
    return path


def keras_model(path: Path) -> Path:
    os.environ["KERAS_BACKEND"] = "torch"
    keras = pytest.importorskip("keras")
    pytest.importorskip("h5py")
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    arrays = [one.numpy() for one in state().values()]
    model.set_weights([one.T for one in arrays])
    with warnings.catch_warnings(action="ignore"):
        model.save(path)
    return path


WITH_NETWORK: dict[str, Callable[[Path], Path]] = {
    "folder": beside_code,
    "work.zip": zipped,
    "work.tar.gz": tarred,
    "work.py": written,
    "work.ipynb": noted,
    "weights.pt": saved,
    "named.pth": named_as_asked,
    "weights.safetensors": tensors,
    "scripted.pt": scripted,
    "traced.ts": traced,
    "exported.pt2": exported,
    "batches of three.pt2": fixed,
    "torch.onnx": onnx_by_torch,
    "products.onnx": onnx_as_products,
    "net.keras": keras_model,
    "net.h5": keras_model,
}


def answers(data: Dataset) -> np.ndarray[Any, np.dtype[np.float32]]:
    with torch.inference_mode():
        found: np.ndarray[Any, np.dtype[np.float32]] = network()(
            scale_pixels(data.test.inputs, "raw")
        ).numpy()
    return found


def in_words(data: Dataset, path: Path) -> Path:
    np.savetxt(path, answers(data).argmax(1), fmt="%d")
    return path


def in_numbers(data: Dataset, path: Path) -> Path:
    np.save(path, answers(data))
    return path


Judge = Callable[[Path], Grade]


def graded(exam: Exam, source: Path) -> Grade:
    """The grade of one submission, kept beside it."""
    with open_store(source.parent, MODEL) as store:
        (found,) = grade_all(exam, [source], store)
    return found.grade
