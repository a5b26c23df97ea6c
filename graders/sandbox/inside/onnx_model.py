"""Whole ONNX models: run by onnxruntime, their arrays read off the graph in torch's layout.

A product with a matrix may hold it transposed, a bias may be added by a node of its own, and images
may be channels-last inside: the graph tells, and what is sent is what torch's layers would hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnx import helper, numpy_helper, shape_inference
from torch import Tensor

from .frames import BUFFER, PARAMETER, Refusal
from .images import arrange, in_batches
from .quiet import quiet
from .subject import Subject

Array = NDArray[np.generic]

_TO_CHANNELS_LAST = [0, 2, 3, 1]
_KEEP_SHAPE = frozenset(
    {"Relu", "LeakyRelu", "Elu", "Selu", "Gelu", "Sigmoid", "Tanh", "Clip", "Dropout"}
    | {"Identity", "Cast"}
)
_SAME_NUMBERS = frozenset({"Identity", "Cast", "Transpose"})
_LAYERS = frozenset({"MatMul", "Gemm", "Conv", "ConvTranspose"})
_FLATTEN = frozenset({"Flatten", "Reshape"})


def load(job: dict[str, Any], folder: Path, _: object) -> Subject:
    """Load the model, and the file of weights beside it if it has one."""
    file = folder / job["module"]
    _insist_on_weights(onnx.load(file, load_external_data=False), file)
    state = list(_State(onnx.load(file)))
    with quiet():
        return Subject(state, _runner(file))


def _insist_on_weights(model: Any, file: Path) -> None:
    for tensor in model.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == "location" and not (file.parent / entry.value).is_file():
                raise Refusal(
                    f"{file.name} keeps its weights in {entry.value}, which is not there: send "
                    "both in one folder, or export with external_data=False"
                )


def _runner(file: Path) -> Callable[[Tensor], object]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    inputs = session.get_inputs()
    if len(inputs) != 1:
        raise Refusal(f"the model takes {len(inputs)} inputs; one, the images, is given")
    sizes = [size if isinstance(size, int) and size > 0 else None for size in inputs[0].shape]
    kind = {"tensor(double)": np.float64, "tensor(float16)": np.float16, "tensor(uint8)": np.uint8}
    dtype = kind.get(inputs[0].type, np.float32)

    def run(images: Tensor) -> Tensor:
        feed = {inputs[0].name: images.numpy().astype(dtype)}
        return torch.from_numpy(np.array(session.run(None, feed)[0]))

    return lambda images: in_batches(run, arrange(images, sizes[1:]), sizes[0])


class _State:
    """The parameters of a graph, in the order of its nodes, each once."""

    def __init__(self, model: Any) -> None:
        graph = model.graph
        self._nodes = list(graph.node)
        self._constants: dict[str, tuple[str, Array]] = {
            tensor.name: (tensor.name, numpy_helper.to_array(tensor))
            for tensor in graph.initializer
        }
        self._maker = {output: node for node in self._nodes for output in node.output}
        self._shapes = _shapes(shape_inference.infer_shapes(model).graph)
        self._sent: set[str] = set()

    def __iter__(self) -> Iterator[tuple[int, str, Tensor]]:
        for node in self._nodes:
            if not self._fold(node):
                yield from self._of_node(node)

    def _fold(self, node: Any) -> bool:
        """Follow a constant through a node that only lays it out anew; whether it was one."""
        attributes = _attributes(node)
        if node.op_type == "Constant":
            if "value" in attributes:
                values = numpy_helper.to_array(attributes["value"])
                self._constants[node.output[0]] = (node.output[0], values)
            return True
        if not node.input or any(name not in self._constants for name in node.input if name):
            return False
        origin, values = self._constants[node.input[0]]
        match node.op_type:
            case "Transpose":
                values = values.transpose(attributes.get("perm"))
            case "Reshape":
                values = values.reshape(self._constants[node.input[1]][1].astype(int))
            case "Identity" | "Cast":
                pass
            case _:
                return False
        self._constants[node.output[0]] = (origin, values)
        return True

    def _of_node(self, node: Any) -> Iterator[tuple[int, str, Tensor]]:

        match node.op_type:
            case "Gemm" | "MatMul":
                yield from self._product(node)
            case "BatchNormalization":
                yield from self._batch_norm(node)
            case "Conv" | "ConvTranspose":
                for name in node.input[1:]:
                    yield from self._show(name)
            case "Resize":
                pass  # how much larger, and where: settings
            case "Add" if self._follows_layer(node):
                for name in node.input:
                    yield from self._show(name, np.ravel)
            case _:
                for name in node.input:
                    yield from self._show(name, least=2)

    def _product(self, node: Any) -> Iterator[tuple[int, str, Tensor]]:
        """A dense layer: the matrix as (out, in), then the bias."""
        attributes = _attributes(node)
        as_it_is = attributes.get("transB", 0) or node.input[0] in self._constants
        channels = self._flattened_channels(node.input[0])

        def matrix(values: Array) -> Array:
            if values.ndim != 2:
                return values
            plain = values if as_it_is else values.T
            if channels is None or plain.shape[1] % channels:
                return plain
            pixels = plain.reshape(len(plain), -1, channels)
            return pixels.transpose(0, 2, 1).reshape(plain.shape)

        for name in node.input[:2]:
            yield from self._show(name, matrix)
        for name in node.input[2:]:
            yield from self._show(name, np.ravel)

    def _batch_norm(self, node: Any) -> Iterator[tuple[int, str, Tensor]]:

        for name, tag in zip(node.input[1:5], (PARAMETER, PARAMETER, BUFFER, BUFFER), strict=True):
            yield from self._show(name, tag=tag)
        yield BUFFER, f"{node.name}.num_batches_tracked", torch.tensor(0)  # torch counts them, too

    def _show(
        self,
        name: str,
        lay_out: Callable[[Array], Array] | None = None,
        tag: int = PARAMETER,
        least: int = 1,
    ) -> Iterator[tuple[int, str, Tensor]]:
        """Yield the constant `name`, unless it was before, is not real, or has fewer than `least`.

        A single number among a layer's operands is a weight, elsewhere a setting.
        """
        origin, values = self._constants.get(name, ("", None))
        if values is None or origin in self._sent:
            return
        if values.dtype.kind != "f" or values.size < least:
            return
        self._sent.add(origin)
        plain = lay_out(values) if lay_out else values
        yield tag, origin, torch.from_numpy(np.array(plain))

    def _follows_layer(self, node: Any) -> bool:
        """Whether `node` works on what a layer without a bias came to, laid out anew or not."""
        for name in node.input:
            maker = self._maker.get(name)
            while maker is not None and maker.op_type in _SAME_NUMBERS:
                maker = self._maker.get(maker.input[0])
            if maker is not None and maker.op_type in _LAYERS:
                return True
        return False

    def _flattened_channels(self, name: str) -> int | None:
        """Return the channels of the channels-last image that `name` is the flattened form of.

        None where it is no such thing.
        """
        flattened = False
        while (maker := self._maker.get(name)) is not None and maker.input:
            if maker.op_type == "Transpose" and flattened:
                shape = self._shapes.get(maker.output[0], [])
                last = list(_attributes(maker).get("perm", [])) == _TO_CHANNELS_LAST
                return shape[3] if last and len(shape) == 4 else None
            if maker.op_type in _FLATTEN:
                flattened = True
            elif maker.op_type not in _KEEP_SHAPE:
                return None
            name = maker.input[0]
        return None


def _attributes(node: Any) -> dict[str, Any]:

    return {one.name: helper.get_attribute_value(one) for one in node.attribute}


def _shapes(graph: Any) -> dict[str, list[int]]:
    return {
        value.name: [size.dim_value for size in value.type.tensor_type.shape.dim]
        for value in graph.value_info
    }
