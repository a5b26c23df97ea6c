"""Two frameworks that write the loop themselves: skorch, and Keras 3 on its torch back end.

Both train the very module that the others train, on arrays that are scaled ahead. They are asked
for classifications alone, the task that they are made for.
"""

import os

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.errors import MeasurementError
from benchmarks.rivals.loop import Scored, freeze
from reference_models.data import Dataset, scale_pixels
from reference_models.training import Classification, Recipe

_EVALUATION_BATCH = 500


def train_with_skorch(model: nn.Module, data: Dataset, recipe: Recipe, seed: int = 0) -> Scored:
    """Train `model` in place by `recipe` as a `skorch.NeuralNetClassifier`.

    Its score after an epoch is its own `valid_acc`. MeasurementError as `can_be_a_frameworks` says.
    """
    inputs, labels = _shown(model, data, recipe, seed)
    from skorch import NeuralNetClassifier
    from skorch.dataset import Dataset as Arrays
    from skorch.helper import predefined_split

    test = Arrays(_scaled(data.test.inputs, recipe).numpy(), data.test.labels.numpy())
    net = NeuralNetClassifier(
        model,
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam if recipe.optimiser == "adam" else torch.optim.SGD,
        lr=recipe.learning_rate,
        max_epochs=recipe.epochs,
        batch_size=recipe.batch_size,
        iterator_train__shuffle=True,
        iterator_valid__batch_size=_EVALUATION_BATCH,
        train_split=predefined_split(test),
        verbose=0,
        **({} if recipe.optimiser == "adam" else {"optimizer__momentum": recipe.momentum}),
    )
    net.fit(inputs.numpy(), labels.numpy())
    return tuple(float(each) for each in net.history[:, "valid_acc"])


def train_with_keras(model: nn.Module, data: Dataset, recipe: Recipe, seed: int = 0) -> Scored:
    """Train `model` in place by `recipe` as a layer of a Keras model on the torch back end.

    Its score after an epoch is its own `val_accuracy`. MeasurementError as `can_be_a_frameworks`
    says, and where Keras is in use with another back end.
    """
    inputs, labels = _shown(model, data, recipe, seed)
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras

    if keras.backend.backend() != "torch":
        raise MeasurementError("Keras is in use with another back end: set KERAS_BACKEND=torch")
    test = _scaled(data.test.inputs, recipe)
    net = keras.Sequential([keras.layers.TorchModuleWrapper(model)])
    rate = recipe.learning_rate
    net.compile(
        optimizer=keras.optimizers.Adam(rate, epsilon=recipe.epsilon)
        if recipe.optimiser == "adam"
        else keras.optimizers.SGD(rate, momentum=recipe.momentum),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    history = net.fit(
        inputs.numpy(),
        labels.numpy(),
        batch_size=recipe.batch_size,
        epochs=recipe.epochs,
        validation_data=(test.numpy(), data.test.labels.numpy()),
        validation_batch_size=_EVALUATION_BATCH,
        verbose=0,
    )
    return tuple(np.asarray(history.history["val_accuracy"], dtype=float).tolist())


def can_be_a_frameworks(recipe: Recipe) -> bool:
    """Whether a recipe says nothing that frameworks mean otherwise, or not at all."""
    plain = not recipe.weight_decay and recipe.rate_drops is None and recipe.l1 is None
    classifies = isinstance(recipe.task, Classification)
    return classifies and plain and recipe.precision == "float32"


def _shown(model: nn.Module, data: Dataset, recipe: Recipe, seed: int) -> tuple[Tensor, Tensor]:
    """What an epoch shows: the frameworks shuffle it, and draw from torch's own generator."""
    if not can_be_a_frameworks(recipe):
        raise MeasurementError("frameworks are asked for plain classifications alone")
    freeze(model, recipe)
    order = recipe.order(data.train.labels, torch.Generator().manual_seed(seed))
    return _scaled(data.train.inputs[order], recipe), data.train.labels[order]


def _scaled(stored: Tensor, recipe: Recipe) -> Tensor:
    return scale_pixels(stored, recipe.input_scale)
