"""A sequence of PyTorch layers as a Keras model with the same weights, images channels first."""

import os
import warnings
from pathlib import Path
from typing import Any

import pytest
from torch import Tensor, nn

FIRST = {"data_format": "channels_first"}
ACTIVATIONS = {nn.ReLU: "relu", nn.Sigmoid: "sigmoid", nn.Tanh: "tanh"}


class NoKerasError(Exception):
    """Keras has no such layer, or none that needs no code of its own."""


def save_keras(model: nn.Module, shape: tuple[int, ...], path: Path) -> None:
    """Save `model`, whose inputs have `shape`, as a whole Keras model."""
    os.environ["KERAS_BACKEND"] = "torch"
    keras = pytest.importorskip("keras")
    pytest.importorskip("h5py")
    if not isinstance(model, nn.Sequential):
        raise NoKerasError(type(model).__name__)
    made = keras.Sequential([keras.Input(shape)])
    leaves = [layer for layer in model.modules() if not list(layer.children())]
    weights = []
    for layer in leaves:
        for each in _layers(layer, keras.layers):
            made.add(each)
        weights += [_turned(layer, one).detach().numpy() for one in _arrays(layer)]
    made.set_weights(weights)
    with warnings.catch_warnings(action="ignore"):
        made.save(path)


def _layers(layer: nn.Module, keras: Any) -> list[Any]:
    if type(layer) in ACTIVATIONS:
        return [keras.Activation(ACTIVATIONS[type(layer)])]
    match layer:
        case nn.Flatten(start_dim=1, end_dim=-1):
            made = [keras.Reshape((-1,))]  # Keras' own puts channels last
        case nn.Dropout():
            made = [keras.Dropout(layer.p)]
        case nn.Linear():
            made = [keras.Dense(layer.out_features)]
        case nn.BatchNorm2d():
            made = [keras.BatchNormalization(axis=1, epsilon=layer.eps)]
        case nn.Conv2d() | nn.ConvTranspose2d():
            made = _convolution(layer, keras)
        case _:
            made = _around(layer, keras)
    return made


def _convolution(layer: nn.Conv2d | nn.ConvTranspose2d, keras: Any) -> list[Any]:
    shape = {"strides": layer.stride, **FIRST}
    if isinstance(layer, nn.Conv2d):
        made = keras.Conv2D(layer.out_channels, layer.kernel_size, **shape)
        return [keras.ZeroPadding2D(layer.padding, **FIRST), made]
    made = keras.Conv2DTranspose(layer.out_channels, layer.kernel_size, **shape)
    return [made, keras.Cropping2D(layer.padding, **FIRST)]


def _around(layer: nn.Module, keras: Any) -> list[Any]:
    """Pools and paddings."""
    match layer:
        case nn.ZeroPad2d():
            left, right, top, bottom = layer.padding
            return [keras.ZeroPadding2D(((top, bottom), (left, right)), **FIRST)]
        case nn.MaxPool2d(padding=0):
            return [keras.MaxPooling2D(layer.kernel_size, layer.stride, **FIRST)]
        case nn.AvgPool2d(padding=0):
            return [keras.AveragePooling2D(layer.kernel_size, layer.stride, **FIRST)]
    raise NoKerasError(type(layer).__name__)


def _arrays(layer: nn.Module) -> list[Tensor]:
    buffers = [one for one in layer.buffers() if one.ndim]  # not how many batches were seen
    return [*layer.parameters(), *buffers]


def _turned(layer: nn.Module, array: Tensor) -> Tensor:
    """`array` with the axes that Keras has."""
    if array.ndim == 4:
        return array.permute(2, 3, 1, 0)
    return array.T if isinstance(layer, nn.Linear) and array.ndim == 2 else array
