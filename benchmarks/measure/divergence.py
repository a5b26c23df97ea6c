"""How well a bag counter's features keep the classes apart, and how well it counts.

Features are what the model's `extractor` makes of single images, `(N, features)` in [0, 1].
"""

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.errors import MeasurementError
from reference_models.bs6207 import Bags, KernelDensity, UniqueClassCount
from reference_models.data import InputScale, Split, scale_pixels
from reference_models.training import Task

_BATCH = 500
_FLOOR = 1e-12


def features_of(model: nn.Module, pixels: Tensor, scale: InputScale) -> Tensor:
    """Return the features of stored images `pixels` in evaluation mode, on the model's device.

    Raises MeasurementError for a model without an extractor.
    """
    if not isinstance(model, UniqueClassCount):
        raise MeasurementError(f"{type(model).__name__} extracts no features to measure")
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            batches = torch.split(pixels, _BATCH)
            return torch.cat([model.extractor(scale_pixels(batch, scale)) for batch in batches])
    finally:
        model.train(was_training)


def ucc_accuracy(model: nn.Module, test: Split, scale: InputScale, task: Task) -> float:
    """Return the share of the authors' 20,160 (15,093 of three counts) test bags counted right.

    Every image goes through the extractor once, however many bags it is in.
    """
    features = features_of(model, test.inputs, scale)
    if not isinstance(task, Bags) or not isinstance(model, UniqueClassCount):
        raise MeasurementError(f"{type(task).__name__} has no bags to count in")
    asked = task.by_protocol
    order = asked.test_order(test.labels).to(features.device)
    right, size = 0, asked.bag * _BATCH
    with torch.inference_mode():
        for positions in torch.split(order, size):
            bags, (count, _) = asked.example(
                features[positions], test.labels[positions], training=False
            )
            right += int((model.count(bags).argmax(-1) == count).sum())
    return right / (len(order) // asked.bag)


def class_densities(features: Tensor, labels: Tensor) -> Tensor:
    """Return `(classes, features * 11)`: one density estimate a class, each summing to 1.

    The model's own layer over all the images of a class at once, divided by the number of features
    and clipped to [1e-12, 1].
    """
    density = KernelDensity().double()
    present = labels.bincount().nonzero().flatten()
    classes = [features[labels == label].double() for label in present]
    rows = [density(each[None])[0] / features.shape[1] for each in classes]
    return torch.stack(rows).clamp(_FLOOR, 1)


def js_divergences(rows: Tensor) -> Tensor:
    """Return the Jensen-Shannon divergence in bits of every pair of distributions, `(K, K)`."""
    from scipy.stats import entropy  # takes a second

    p, q = rows.numpy()[:, None], rows.numpy()[None]
    mean = (p + q) / 2
    both = entropy(p, mean, base=2, axis=-1) + entropy(q, mean, base=2, axis=-1)
    return torch.from_numpy(np.asarray(both / 2))


def min_js(features: Tensor, labels: Tensor) -> float:
    """Return the smallest positive divergence between the classes' features, in bits.

    0 where all classes have the same features.
    """
    divergences = js_divergences(class_densities(features, labels))
    pairs = divergences[torch.ones_like(divergences).triu(diagonal=1) > 0]
    positive = pairs[pairs > 0]
    return float(positive.min()) if len(positive) else 0.0
