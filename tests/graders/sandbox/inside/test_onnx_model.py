"""Arrays of ONNX models in torch's layout, whatever exporter wrote them."""

import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from graders.sandbox.inside.frames import BUFFER, PARAMETER, Refusal
from graders.sandbox.inside.subject import Subject, answer

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytestmark = pytest.mark.filterwarnings("ignore")

SHAPE = (2, 8, 10)


class Network(nn.Sequential):
    def __init__(self) -> None:
        torch.manual_seed(0)
        super().__init__(
            nn.Conv2d(2, 3, 3),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(36, 5),
            nn.Tanh(),
            nn.Linear(5, 1),
        )
        self.eval()


def load(path: Path) -> Subject:
    from graders.sandbox.inside.onnx_model import load as load_onnx

    return load_onnx({"module": path.name}, path.parent, None)


def export(path: Path, model: nn.Module, **options: Any) -> Path:
    pytest.importorskip("onnxscript")
    options.setdefault("external_data", False)
    torch.onnx.export(model, (torch.zeros(2, *SHAPE),), path, verbose=False, **options)
    return path


def shapes(subject: Subject, tag: int = PARAMETER) -> list[tuple[int, ...]]:
    return [tuple(tensor.shape) for kind, _, tensor in subject.state if kind == tag]


def test_a_torch_export_shows_the_arrays_it_was_made_of(tmp_path: Path) -> None:
    model, images = Network(), torch.rand(5, *SHAPE)
    subject = load(export(tmp_path / "net.onnx", model))
    for (_, _, found), wanted in zip(subject.state, model.parameters(), strict=True):
        torch.testing.assert_close(found, wanted.detach())
    theirs = answer(subject, images)  # five images for a model that was fixed to two
    torch.testing.assert_close(theirs, model(images).detach(), atol=1e-5, rtol=1e-4)


def test_weights_in_a_file_of_their_own_are_found_or_asked_for(tmp_path: Path) -> None:
    path = export(tmp_path / "net.onnx", Network(), external_data=True)
    assert shapes(load(path))[0] == (3, 2, 3, 3)
    (tmp_path / "net.onnx.data").unlink()
    with pytest.raises(Refusal, match=r"keeps its weights in net.onnx.data, .* send both"):
        load(path)


def test_a_channels_last_model_is_turned_round(tmp_path: Path) -> None:
    """As Keras exports: images turned to channels-first, convolved, turned back and flattened."""
    model = Network()
    values = [one.detach().numpy() for one in model.parameters()]
    rows = values[2].reshape(5, 3, 3, 4).transpose(2, 3, 1, 0).reshape(36, 5)
    make = onnx.helper.make_node
    nodes = [
        make("Transpose", ["images"], ["first"], perm=[0, 3, 1, 2]),
        make("Transpose", ["kernel"], ["turned"], perm=[3, 2, 0, 1]),
        make("Conv", ["first", "turned", "b0"], ["c"]),
        make("Relu", ["c"], ["r"]),
        make("MaxPool", ["r"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
        make("Transpose", ["p"], ["last"], perm=[0, 2, 3, 1]),
        make("Reshape", ["last", "shape"], ["flat"]),
        make("MatMul", ["flat", "w1"], ["m1"]),
        make("Add", ["m1", "b1"], ["a1"]),
        make("Tanh", ["a1"], ["t1"]),
        make("Gemm", ["t1", "w2", "b2"], ["out"]),
    ]
    constants = {
        "kernel": values[0].transpose(2, 3, 1, 0),
        "b0": values[1],
        "shape": np.array([-1, 36]),
        "w1": rows,
        "b1": values[3][None],
        "w2": values[4].T,
        "b2": values[5],
    }
    save(tmp_path / "net.onnx", nodes, constants, ["n", 8, 10, 2])
    images = torch.rand(3, *SHAPE)
    subject = load(tmp_path / "net.onnx")
    for (_, _, found), wanted in zip(subject.state, model.parameters(), strict=True):
        torch.testing.assert_close(found, wanted.detach())
    torch.testing.assert_close(answer(subject, images), model(images).detach())


def save(path: Path, nodes: list[Any], constants: dict[str, Any], inputs: list[Any]) -> None:
    real = onnx.TensorProto.FLOAT
    graph = onnx.helper.make_graph(
        nodes,
        "net",
        [onnx.helper.make_tensor_value_info("images", real, inputs)],
        [onnx.helper.make_tensor_value_info("out", real, None)],
        [
            onnx.numpy_helper.from_array(np.ascontiguousarray(one), name)
            for name, one in constants.items()
        ],
    )
    opset = [onnx.helper.make_opsetid("", 17)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opset, ir_version=8), path)


def test_statistics_are_buffers_and_settings_no_parameters(tmp_path: Path) -> None:
    make = onnx.helper.make_node
    nodes = [
        make("Div", ["images", "scale"], ["x"]),
        make("BatchNormalization", ["x", "g", "b", "m", "v"], ["y"]),
        make("Resize", ["y", "", "larger"], ["z"]),
        make("Mul", ["z", "hidden"], ["out"]),
    ]
    constants = {name: np.ones(2, np.float32) for name in "gbmv"}
    constants["larger"] = np.ones(4, np.float32)
    constants |= {"scale": np.float32(255), "hidden": np.ones((2, 1, 1), np.float32)}
    save(tmp_path / "net.onnx", nodes, constants, ["n", *SHAPE])
    subject = load(tmp_path / "net.onnx")
    assert shapes(subject) == [(2,), (2,), (2, 1, 1)]  # what a graph multiplies by is counted
    assert shapes(subject, BUFFER) == [(2,), (2,), ()]


def test_a_matrix_used_twice_is_shown_once(tmp_path: Path) -> None:
    make = onnx.helper.make_node
    nodes = [
        make("Flatten", ["images"], ["x"]),
        make("MatMul", ["x", "w"], ["y"]),
        make("MatMul", ["y", "w"], ["out"]),
    ]
    save(tmp_path / "net.onnx", nodes, {"w": np.ones((4, 4), np.float32)}, ["n", 1, 2, 2])
    assert shapes(load(tmp_path / "net.onnx")) == [(4, 4)]


def test_images_of_another_size_are_refused(tmp_path: Path) -> None:
    nodes = [onnx.helper.make_node("Flatten", ["images"], ["out"])]
    save(tmp_path / "net.onnx", nodes, {}, ["n", 3, 32, 32])
    with pytest.raises(Refusal, match="takes inputs of 3x32x32, and the images are 2x8x10"):
        answer(load(tmp_path / "net.onnx"), torch.zeros(1, *SHAPE))


def test_what_keras_exports_shows_the_arrays_that_keras_shows(tmp_path: Path) -> None:
    os.environ["KERAS_BACKEND"] = "torch"
    keras = pytest.importorskip("keras")
    pytest.importorskip("onnxscript")
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((8, 10, 2)),
            layers.Conv2D(3, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(5),
        ]
    )
    with warnings.catch_warnings(action="ignore"):
        model(torch.zeros(1, 8, 10, 2))
        model.save(tmp_path / "net.keras")
        model.export(tmp_path / "net.onnx", format="onnx", verbose=False)
    from graders.sandbox.inside.keras_model import load as load_keras

    wanted = load_keras({"module": "net.keras"}, tmp_path, None)
    found = load(tmp_path / "net.onnx")
    for (_, _, theirs), (_, _, ours) in zip(found.state, wanted.state, strict=True):
        torch.testing.assert_close(theirs, ours)
    images = torch.rand(1, *SHAPE)
    torch.testing.assert_close(answer(found, images), answer(wanted, images), atol=1e-5, rtol=1e-4)
