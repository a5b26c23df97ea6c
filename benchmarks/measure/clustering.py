"""How well clusters of features are the classes that nobody told the clustering.

scikit-learn takes a second to import, which only those wait for who cluster.
"""

import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

_SEED = 0
_STARTS = 10

Ints = NDArray[np.integer]


def matched_accuracy(labels: Ints, clusters: Ints) -> float:
    """Return the share of samples whose cluster is the one matched with their class.

    Each class gets a cluster of its own, so that the classes' error rates add up to the least
    (Hungarian method): a small class weighs as much as a large one in the match, though not in the
    share.
    """
    from scipy.optimize import linear_sum_assignment
    from sklearn.metrics.cluster import contingency_matrix

    counts = contingency_matrix(labels, clusters)
    rows, columns = linear_sum_assignment(1 - counts / counts.sum(1, keepdims=True))
    return float(counts[rows, columns].sum() / len(labels))


def kmeans_accuracy(features: Tensor, labels: Tensor) -> float:
    """Return the matched accuracy of k-means on `(N, features)`, best of ten starts, fixed seed."""
    from sklearn.cluster import KMeans

    method = KMeans(_classes(labels), n_init=_STARTS, random_state=_SEED)
    return _accuracy(method.fit_predict, features, labels)


def spectral_accuracy(features: Tensor, labels: Tensor) -> float:
    """Return the matched accuracy of spectral clustering over each sample's ten neighbours."""
    from sklearn.cluster import SpectralClustering

    method = SpectralClustering(
        _classes(labels),
        affinity="nearest_neighbors",
        eigen_solver="arpack",
        random_state=_SEED,
    )
    return _accuracy(method.fit_predict, features, labels)


def _classes(labels: Tensor) -> int:
    return int((labels.bincount() > 0).sum())


def _accuracy(cluster: Callable[..., Ints], features: Tensor, labels: Tensor) -> float:
    """Features of an untrained model may coincide, which the libraries warn of."""
    with warnings.catch_warnings(action="ignore"):
        return matched_accuracy(labels.numpy(), cluster(features.double().numpy()))
