"""Arrays of Keras models in torch's layout: a torch network with them gives the same answers."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from graders.sandbox.inside.frames import BUFFER, PARAMETER, Refusal
from graders.sandbox.inside.subject import Subject, answer

os.environ["KERAS_BACKEND"] = "torch"
keras = pytest.importorskip("keras")
pytest.importorskip("h5py")
pytestmark = pytest.mark.filterwarnings("ignore")

SHAPE = (2, 8, 10)
"""Channels, height, width: all different, so that no wrong order fits by chance."""


@pytest.fixture(autouse=True)
def _same_numbers() -> Iterator[None]:
    keras.utils.set_random_seed(0)
    torch.manual_seed(0)
    yield
    keras.backend.clear_session()


def convolutional(*, first: bool = False) -> Any:
    layout = "channels_first" if first else "channels_last"
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input(SHAPE if first else (8, 10, 2)),
            layers.Conv2D(3, 3, activation="relu", data_format=layout),
            layers.BatchNormalization(axis=1 if first else -1, epsilon=1e-5),
            layers.MaxPooling2D(2, data_format=layout),
            layers.Dropout(0.5),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(5, activation="tanh"),
            layers.Dense(5),
            layers.Softmax(),
        ]
    )


def functional() -> Any:
    layers = keras.layers
    inputs = keras.Input((8, 10, 2))
    hidden = layers.Conv2D(3, 3, activation="relu")(inputs)
    hidden = layers.BatchNormalization(epsilon=1e-5)(hidden)
    hidden = layers.MaxPooling2D(2)(hidden)
    hidden = layers.Reshape((36,))(hidden)
    hidden = layers.Dense(5, activation="tanh")(hidden)
    return keras.Model(inputs, layers.Dense(5, activation="softmax")(hidden))


def reference() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(2, 3, 3),
        nn.ReLU(),
        nn.BatchNorm2d(3),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(36, 5),
        nn.Tanh(),
        nn.Linear(5, 5),
        nn.Softmax(1),
    ).eval()


def shaken(model: Any) -> Any:
    """Give every weight, the statistics too, numbers of its own."""
    generator = np.random.default_rng(0)
    model.set_weights([generator.uniform(0.1, 1, one.shape) for one in model.get_weights()])
    return model


def load(folder: Path, model: Any, name: str = "net.keras") -> Subject:
    from graders.sandbox.inside.keras_model import load as load_keras

    model.save(folder / name)
    return load_keras({"module": name}, folder, None)


def with_state(model: nn.Module, subject: Subject) -> nn.Module:
    """Put the state in by order, as the parent does."""
    for tag, targets in ((PARAMETER, model.parameters()), (BUFFER, model.buffers())):
        values = [tensor for kind, _, tensor in subject.state if kind == tag]
        for target, value in zip(targets, values, strict=True):
            target.data.copy_(value)
            assert target.shape == value.shape
    return model


@pytest.fixture
def images() -> Tensor:
    return torch.rand(4, *SHAPE)


@pytest.mark.parametrize("name", ["net.keras", "net.h5"])
@pytest.mark.parametrize("make", [convolutional, functional, lambda: convolutional(first=True)])
def test_a_torch_network_with_the_same_arrays_answers_the_same(
    tmp_path: Path, images: Tensor, make: Any, name: str
) -> None:
    subject = load(tmp_path, shaken(make()), name)
    ours = with_state(reference(), subject)(images).detach()
    torch.testing.assert_close(answer(subject, images), ours, atol=1e-5, rtol=1e-4)


def test_a_layer_used_twice_is_counted_once_and_a_model_in_a_model_opened(tmp_path: Path) -> None:
    shared = keras.layers.Dense(4, name="shared")
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, name="inner")])
    inputs = keras.Input((4,))
    model = keras.Model(inputs, inner(shared(shared(inputs))))
    assert [name for _, name, _ in load(tmp_path, model).state] == [
        *("shared.kernel", "shared.bias", "inner.kernel", "inner.bias"),
    ]


def test_flat_images_are_given_to_a_flat_input(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((160,)), keras.layers.Dense(3)])
    assert answer(load(tmp_path, model), torch.rand(4, *SHAPE)).shape == (4, 3)


def test_depthwise_kernels_become_those_of_a_grouped_convolution(tmp_path: Path) -> None:
    layer = keras.layers.DepthwiseConv2D(3, depth_multiplier=2)
    subject = load(tmp_path, shaken(keras.Sequential([keras.Input((8, 10, 2)), layer])))
    ours = with_state(nn.Conv2d(2, 4, 3, groups=2), subject)
    images = torch.rand(1, *SHAPE)
    theirs = answer(subject, images).permute(0, 3, 1, 2)
    torch.testing.assert_close(theirs, ours(images).detach(), atol=1e-5, rtol=1e-4)


def test_code_in_a_model_is_not_run(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Lambda(lambda x: x)])
    with pytest.raises(ValueError, match="safe_mode"):
        load(tmp_path, model)


def test_weights_without_their_network_are_refused(tmp_path: Path) -> None:
    from graders.sandbox.inside.keras_model import load as load_keras

    convolutional().save_weights(tmp_path / "net.weights.h5")
    with pytest.raises(Refusal, match="holds weights without their network"):
        load_keras({"module": "net.weights.h5"}, tmp_path, None)
