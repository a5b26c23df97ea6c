from itertools import permutations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.measure.clustering import kmeans_accuracy, matched_accuracy, spectral_accuracy

_PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30)


@given(_PAIRS)
def test_a_match_is_the_best_of_all(pairs: list[tuple[int, int]]) -> None:
    """Against every way to give classes clusters of their own, one by one."""
    labels, clusters = (np.array(values) for values in zip(*pairs, strict=True))
    wide = max(len(set(labels)), 4)
    shares = {}
    for given_ in permutations(range(wide)):
        cluster_of = dict(zip(sorted(set(labels)), given_, strict=False))
        hits = np.array([cluster_of[label] == c for label, c in zip(labels, clusters, strict=True)])
        errors = sum(1 - hits[labels == label].mean() for label in set(labels))
        shares.setdefault(round(float(errors), 9), set()).add(round(float(hits.mean()), 9))
    best = shares[min(shares)]
    assert round(matched_accuracy(labels, clusters), 9) in best


def test_a_small_class_weighs_as_much_in_the_match_as_a_large_one() -> None:
    # One cluster holds 6 of 10 zeros and 2 of 2 ones, the other the other 4 zeros. Most samples
    # would be right with the first for the zeros (6); the errors are least the other way round.
    labels = np.array([0] * 10 + [1] * 2)
    clusters = np.array([0] * 6 + [1] * 4 + [0] * 2)
    assert matched_accuracy(labels, clusters) == pytest.approx((4 + 2) / 12)


@pytest.mark.parametrize("method", [kmeans_accuracy, spectral_accuracy])
def test_blobs_apart_are_found_and_their_numbers_do_not_matter(method: object) -> None:
    assert callable(method)
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(3, (120,), generator=generator)
    features = torch.eye(3)[labels] + 0.05 * torch.randn(120, 3, generator=generator)
    assert method(features, labels) == 1.0
    assert method(features, 2 - labels) == 1.0
    wrong = labels.clone()
    wrong[:12] = (wrong[:12] + 1) % 3
    assert method(features, wrong) == pytest.approx(0.9)


def test_features_all_alike_are_one_cluster() -> None:
    labels = torch.arange(40) % 4
    assert kmeans_accuracy(torch.full((40, 2), 0.5), labels) == pytest.approx(0.25)
