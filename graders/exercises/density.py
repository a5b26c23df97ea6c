"""BS6207: `kernel_density(features)`, the layer between a bag's features and its count."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import torch

from graders.exercises.exercise import Array, Case, Diagnosis, Exercise, Floats
from reference_models.bs6207 import KernelDensity
from reference_models.bs6207.models import FEATURES, NODES, SIGMA

_USUAL = "bags of 32 instances"
_OTHER = "bags of other sizes"
_EXTREME = "features at the ends of their range"

_NODES: Floats = np.linspace(0, 1, NODES)
_WIDTH = 2 * SIGMA**2


def _reference(features: Floats) -> Array:
    with torch.inference_mode():
        return np.asarray(KernelDensity().double()(torch.from_numpy(features)))


def _cases(generator: np.random.Generator) -> Iterator[Case]:
    for bags in (1, 3, 5, 2):
        yield Case(_USUAL, (generator.uniform(size=(bags, 32, FEATURES)),))
    for shape in ((4, 1, FEATURES), (1, 7, 3), (6, 50, 1)):
        yield Case(_OTHER, (generator.beta(2, 5, size=shape),))
    for low, high in ((0.0, 0.02), (0.98, 1.0)):
        yield Case(_EXTREME, (generator.uniform(low, high, size=(2, 32, FEATURES)),))


def _sums(features: Floats, nodes: Floats = _NODES, width: float = _WIDTH) -> Floats:
    """`(bags, features, nodes)`: kernels `exp(-d^2 / width)` summed over the instances."""
    apart = features[..., None] - nodes
    kernels: Floats = np.exp(-np.square(apart) / width)
    total: Floats = kernels.sum(axis=1)
    return total


def _normalised(sums: Floats, axis: int | tuple[int, int] = -1) -> Array:
    shares: Floats = sums / sums.sum(axis=axis, keepdims=True)
    return shares.reshape(len(sums), -1)


def _other_nodes(features: Floats, nodes: Floats) -> Array:
    return _normalised(_sums(features, nodes=nodes))


def _other_width(features: Floats, width: float) -> Array:
    return _normalised(_sums(features, width=width))


def _not_normalised(features: Floats) -> Array:
    return _sums(features).reshape(len(features), -1)


def _mean(features: Floats) -> Array:
    return np.asarray(_not_normalised(features) / features.shape[1])


def _all_at_once(features: Floats) -> Array:
    """One sum of 1 over all features together."""
    return _normalised(_sums(features), axis=(1, 2))


def _nodes_outermost(features: Floats) -> Array | None:
    if features.shape[2] == 1:
        return None
    shaped = _normalised(_sums(features)).reshape(len(features), -1, NODES)
    return shaped.transpose(0, 2, 1).reshape(len(features), -1)


DENSITY = Exercise(
    id="bs6207/kernel-density",
    title="Kernel density layer",
    signature="kernel_density(features)",
    reference=_reference,
    groups=(_USUAL, _OTHER, _EXTREME),
    cases=_cases,
    diagnoses=(
        Diagnosis(
            "not normalised",
            _not_normalised,
            "The densities are not normalised: divide each feature's 11 sums by their own sum.",
        ),
        Diagnosis(
            "averaged instead of normalised",
            _mean,
            "The kernels are averaged over the instances: divide by the sum over the 11 nodes "
            "instead, so that each feature's values add up to 1.",
        ),
        Diagnosis(
            "normalised over all features",
            _all_at_once,
            "All features together add up to 1: each feature's 11 values must, on their own.",
        ),
        Diagnosis(
            "factor of two missing",
            partial(_other_width, width=SIGMA**2),
            "The kernel is too narrow: a Gaussian is exp(-d^2 / (2 sigma^2)), with a 2.",
        ),
        Diagnosis(
            "sigma not squared",
            partial(_other_width, width=2 * SIGMA),
            "The kernel is too wide: sigma is 0.1, and the exponent has its square: "
            "exp(-d^2 / (2 sigma^2)).",
        ),
        Diagnosis(
            "ten nodes",
            partial(_other_nodes, nodes=np.linspace(0, 1, NODES - 1)),
            "There are 10 nodes where 11 are asked for: 0, 0.1, ... 1, both ends included.",
        ),
        Diagnosis(
            "nodes in the middle of intervals",
            partial(_other_nodes, nodes=(np.arange(NODES) + 0.5) / NODES),
            "The nodes lie in the middle of 11 intervals: they are 0, 0.1, ... 1, ends included.",
        ),
        Diagnosis(
            "nodes outermost",
            _nodes_outermost,
            "The values come in the wrong order: all 11 nodes of the first feature, then all 11 of "
            "the second.",
        ),
    ),
)
