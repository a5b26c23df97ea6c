"""BS6207: `clustering_accuracy(labels, clusters)`, with each class matched to one cluster."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure.clustering import matched_accuracy
from graders.exercises.exercise import Array, Case, Diagnosis, Exercise

_EASY = "as many clusters as classes"
_NAMES = "clusters with other numbers than classes"
_GREEDY = "clusters that two classes want"
_NUMBERS = "more clusters than classes, or fewer"

Ints = NDArray[np.int64]


def _reference(labels: Ints, clusters: Ints) -> Array:
    return np.array(matched_accuracy(labels, clusters))


def _table(labels: Ints, clusters: Ints) -> Array:
    """How many samples of each class are in each cluster."""
    from sklearn.metrics.cluster import contingency_matrix  # takes a second

    return np.asarray(contingency_matrix(labels, clusters))


def _matched(table: Array, *, maximize: bool = True) -> Array:
    """The share of a table that lies in its largest match of rows and columns, or its smallest."""
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(table, maximize=maximize)
    return np.array(table[rows, columns].sum() / table.sum())


def _by_counts(labels: Ints, clusters: Ints) -> Array:
    """The match that most samples agree with: in a case it must come to the same."""
    return _matched(_table(labels, clusters))


def _noisy(generator: np.random.Generator, classes: int, clusters: int) -> tuple[Ints, Ints]:
    """Labels, and clusters that know most of them, under numbers of their own."""
    labels = generator.integers(0, classes, size=40 * classes)
    labels[:classes] = np.arange(classes)
    known = generator.uniform(size=len(labels)) < 0.75
    guessed = generator.integers(0, clusters, size=len(labels))
    found = np.where(known, labels % clusters, guessed)
    return labels, generator.permutation(clusters)[found]


def _fair(labels: Ints, clusters: Ints) -> bool:
    return bool(np.isclose(_by_counts(labels, clusters), _reference(labels, clusters)))


def _drawn(
    generator: np.random.Generator, group: str, classes: int, clusters: int, gap: int = 1
) -> Case:
    """A case on which both customary ways to match come to the same accuracy."""
    while True:
        labels, found = _noisy(generator, classes, clusters)
        if _fair(labels, found):
            return Case(group, (labels, found * gap))


def _wanted_twice(generator: np.random.Generator) -> Case:
    """Classes 0 and 1 have most of their samples in cluster 0, but class 1 has no other place.

    Whoever gives away the largest overlap first is left with little.
    """
    low, high = generator.integers(40, 48), generator.integers(50, 56)
    table = ((60, int(low), 0), (int(high), 5, 1), (0, 2, 60))
    pairs = [
        (label, cluster)
        for label, row in enumerate(table)
        for cluster, count in enumerate(row)
        for _ in range(count)
    ]
    shuffled = generator.permutation(np.array(pairs, dtype=np.int64))
    return Case(_GREEDY, (shuffled[:, 0].copy(), shuffled[:, 1].copy()))


def _cases(generator: np.random.Generator) -> Iterator[Case]:
    for classes in (10, 10, 5, 3):
        yield _drawn(generator, _EASY, classes, classes)
    yield _drawn(generator, _NAMES, 10, 10, gap=7)
    yield _drawn(generator, _NAMES, 4, 4, gap=100)
    for _ in range(2):
        yield _wanted_twice(generator)
    yield _drawn(generator, _NUMBERS, 4, 6)
    yield _drawn(generator, _NUMBERS, 6, 4)


def _unmatched(labels: Ints, clusters: Ints) -> Array:
    return np.array((labels == clusters).mean())


def _purity(labels: Ints, clusters: Ints) -> Array:
    """Each cluster takes its largest class, however often that one is taken."""
    return np.array(_table(labels, clusters).max(axis=0).sum() / len(labels))


def _best_cluster(labels: Ints, clusters: Ints) -> Array:
    """Each class takes its largest cluster, however often that one is taken."""
    return np.array(_table(labels, clusters).max(axis=1).sum() / len(labels))


def _greedy(labels: Ints, clusters: Ints) -> Array:
    """The largest number of the table first, then its row and column are gone."""
    counts = _table(labels, clusters)
    right = 0.0
    for _ in range(min(counts.shape)):
        row, column = np.unravel_index(counts.argmax(), counts.shape)
        right += counts[row, column]
        counts[row, :], counts[:, column] = -1, -1
    return np.array(right / len(labels))


def _worst(labels: Ints, clusters: Ints) -> Array:
    return _matched(_table(labels, clusters), maximize=False)


def _mean_of_classes(labels: Ints, clusters: Ints) -> Array:
    counts = _table(labels, clusters)
    return _matched(counts / counts.sum(axis=1, keepdims=True))


CLUSTERING = Exercise(
    id="bs6207/clustering-accuracy",
    title="Clustering accuracy",
    signature="clustering_accuracy(labels, clusters)",
    reference=_reference,
    groups=(_EASY, _NAMES, _GREEDY, _NUMBERS),
    cases=_cases,
    tolerance=1e-6,
    diagnoses=(
        Diagnosis(
            "not matched",
            _unmatched,
            "Clusters are compared with classes by number. A clustering numbers its clusters as it "
            "likes: first match each class with one cluster (scipy's linear_sum_assignment).",
        ),
        Diagnosis(
            "purity",
            _purity,
            "This is the purity: several clusters may be matched with the same class. Each class "
            "gets one cluster of its own (scipy's linear_sum_assignment).",
        ),
        Diagnosis(
            "several classes to one cluster",
            _best_cluster,
            "Several classes are matched with the same cluster. Each class gets one cluster of its "
            "own (scipy's linear_sum_assignment).",
        ),
        Diagnosis(
            "matched greedily",
            _greedy,
            "The match is greedy: the largest overlap first. Look for the match that is best as a "
            "whole (scipy's linear_sum_assignment).",
        ),
        Diagnosis(
            "worst match",
            _worst,
            "This is the worst match, not the best: linear_sum_assignment minimises, so give it "
            "the errors, or the negated counts.",
        ),
        Diagnosis(
            "mean over classes",
            _mean_of_classes,
            "This is the mean of the classes' accuracies: count right samples over all samples.",
        ),
    ),
)
