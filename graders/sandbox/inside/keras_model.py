"""Whole Keras models, run on torch; their arrays in torch's layout.

Keras keeps a dense kernel as (in, out) and a convolution's as (height, width, in, out), torch as
(out, in) and (out, in, height, width). Behind a flattened channels-last image the inputs of a dense
layer are counted pixel by pixel, in torch channel by channel.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import keras
import torch
from torch import Tensor

from .frames import BUFFER, PARAMETER, Refusal
from .images import arrange
from .quiet import quiet
from .subject import Subject

_STATISTICS = ("moving_mean", "moving_variance", "mean", "variance", "count")
_KERNELS = ("kernel", "recurrent_kernel", "depthwise_kernel", "pointwise_kernel")


def load(job: dict[str, Any], folder: Path, _: object) -> Subject:
    """Load the model, without what could run code of its author's choosing."""
    warnings.simplefilter("ignore")  # the libraries' own, of no use to a student
    with quiet():
        model = _read(folder / job["module"])
    inputs = model.inputs
    if len(inputs) != 1:
        raise Refusal(f"the model takes {len(inputs)} inputs; one, the images, is given")
    shape = inputs[0].shape[1:]

    def respond(images: Tensor) -> object:
        return model(arrange(images, shape, channels_last=True), training=False)

    return Subject(list(_state(model)), respond)


def _read(file: Path) -> Any:
    if file.suffix.lower() == ".h5" and h5py.is_hdf5(file):
        with h5py.File(file) as content:
            if "model_config" not in content.attrs:
                raise Refusal(f"{file.name} holds weights without their network: model.save() both")
    return keras.saving.load_model(file, compile=False, safe_mode=True)


def _state(model: Any) -> Iterator[tuple[int, str, Tensor]]:
    """Yield the weights of every layer once, in the order of the layers."""
    seen: set[int] = set()
    for layer in _layers(model):
        if id(layer) not in seen:
            seen.add(id(layer))
            yield from _layer_state(layer)


def _layers(model: Any) -> Iterator[Any]:
    for layer in model.layers:
        if getattr(layer, "layers", None):
            yield from _layers(layer)
        else:
            yield layer


def _layer_state(layer: Any) -> Iterator[tuple[int, str, Tensor]]:
    for weight in layer.weights:
        values = torch.from_numpy(keras.ops.convert_to_numpy(weight).copy())
        tag = BUFFER if weight.name in _STATISTICS else PARAMETER
        if weight.name in _KERNELS:
            values = _kernel(layer, weight.name, values)
        yield tag, f"{layer.name}.{weight.name}", values
    if isinstance(layer, keras.layers.BatchNormalization):  # torch counts its batches, too
        yield BUFFER, f"{layer.name}.num_batches_tracked", torch.tensor(0)


def _kernel(layer: Any, name: str, values: Tensor) -> Tensor:
    """Return a kernel in torch's layout."""
    if values.ndim == 2:
        shape = _flattened_image(layer) if name == "kernel" else None
        if shape is not None:
            height, width, channels = shape
            rows = values.reshape(height, width, channels, -1).permute(2, 0, 1, 3)
            values = rows.reshape(values.shape)
        return values.T
    by_channel = isinstance(layer, keras.layers.DepthwiseConv1D | keras.layers.DepthwiseConv2D)
    if by_channel or name == "depthwise_kernel":  # (spatial, in, multiplier): torch's groups
        *spatial, channels, multiplier = values.shape
        moved = values.movedim((-2, -1), (0, 1))
        return moved.reshape(channels * multiplier, 1, *spatial)
    return values.movedim((-1, -2), (0, 1))


def _flattened_image(layer: Any) -> tuple[int, int, int] | None:
    """Return the (height, width, channels) that `layer` gets flattened, None where it does not.

    Looks back over what leaves a shape as it is, such as activations and dropout.
    """
    source = _before(layer)
    while source is not None and _keeps_shape(source):
        source = _before(source)
    if not isinstance(source, keras.layers.Flatten | keras.layers.Reshape):
        return None
    shape = source.input.shape[1:]
    if len(shape) != 3 or len(source.output.shape) != 2 or not _channels_last(source):
        return None
    return shape[0], shape[1], shape[2]


def _keeps_shape(layer: Any) -> bool:
    return not hasattr(layer, "kernel") and layer.input.shape == layer.output.shape


def _channels_last(layer: Any) -> bool:
    """Whether images reach `layer` with their channels last, by the layer before it that says."""
    source = _before(layer)
    while source is not None:
        if hasattr(source, "data_format"):
            return bool(source.data_format == "channels_last")
        source = _before(source)
    shape = layer.input.shape[1:]
    return shape[0] not in (1, 3) or shape[-1] in (1, 3)


def _before(layer: Any) -> Any:
    """Return the layer whose output `layer` gets; None for the images, or where it has several."""
    history = getattr(layer.input, "_keras_history", None)  # the only place where Keras keeps it
    if history is None or isinstance(history.operation, keras.layers.InputLayer):
        return None
    return history.operation
