"""BS6207: `js_divergence(p, q)`, how far apart two classes' densities are, in bits."""

from collections.abc import Iterator

import numpy as np

from graders.exercises.exercise import Array, Case, Diagnosis, Exercise, Floats

_USUAL = "distributions without zeros"
_ZEROS = "distributions with zeros"
_SAME = "the same distribution twice"
_APART = "distributions that share nothing"


def _bits(p: Floats, q: Floats) -> float:
    """The Kullback-Leibler divergence of p from q."""
    from scipy.stats import entropy  # takes a second

    return float(entropy(p, q, base=2))


def _js(p: Floats, q: Floats) -> float:
    mean = (p + q) / 2
    return (_bits(p, mean) + _bits(q, mean)) / 2


def _reference(p: Floats, q: Floats) -> Array:
    return np.array(_js(p, q))


def _cases(generator: np.random.Generator) -> Iterator[Case]:
    for size in (110, 110, 11, 4, 2):
        yield Case(
            _USUAL, tuple(generator.dirichlet(np.full(size, 0.8), size=2) * 0.999 + 1e-3 / size)
        )
    for size in (110, 12):
        p, q = generator.dirichlet(np.full(size, 0.8), size=2)
        p[: size // 4], q[-(size // 3) :] = 0, 0
        yield Case(_ZEROS, (p / p.sum(), q / q.sum()))
    same = generator.dirichlet(np.ones(20))
    yield Case(_SAME, (same, same.copy()))
    p, q = np.zeros(10), np.zeros(10)
    p[:5], q[5:] = generator.dirichlet(np.ones(5), size=2)
    yield Case(_APART, (p, q))


def _nats(p: Floats, q: Floats) -> Array:
    return np.array(_js(p, q) * np.log(2))


def _root(p: Floats, q: Floats) -> Array:
    return np.array(np.sqrt(max(_js(p, q), 0)))


def _root_in_nats(p: Floats, q: Floats) -> Array:
    from scipy.spatial.distance import jensenshannon

    return np.array(jensenshannon(p, q))


def _doubled(p: Floats, q: Floats) -> Array:
    return np.array(2 * _js(p, q))


def _one_sided(p: Floats, q: Floats) -> Array:
    return np.array(_bits(p, (p + q) / 2))


def _kl(p: Floats, q: Floats) -> Array | None:
    return np.array(_bits(p, q)) if (q > 0).all() else None


def _both_kl(p: Floats, q: Floats) -> Array | None:
    if not ((p > 0) & (q > 0)).all():
        return None
    return np.array((_bits(p, q) + _bits(q, p)) / 2)


DIVERGENCE = Exercise(
    id="bs6207/js-divergence",
    title="Jensen-Shannon divergence",
    signature="js_divergence(p, q)",
    reference=_reference,
    groups=(_USUAL, _ZEROS, _SAME, _APART),
    cases=_cases,
    tolerance=1e-5,
    diagnoses=(
        Diagnosis(
            "in nats", _nats, "The logarithm is natural: take it to base 2, the answer is in bits."
        ),
        Diagnosis(
            "square root",
            _root,
            "This is the Jensen-Shannon distance, the square root of the divergence: square it.",
        ),
        Diagnosis(
            "square root in nats",
            _root_in_nats,
            "This is scipy's jensenshannon(p, q), the square root of the divergence in nats: give "
            "it base=2, and square the result.",
        ),
        Diagnosis(
            "not halved",
            _doubled,
            "It is twice too large: average the two divergences from the mean, do not add them.",
        ),
        Diagnosis(
            "one side only",
            _one_sided,
            "Only the divergence of p from the mean is there: average it with that of q.",
        ),
        Diagnosis(
            "Kullback-Leibler",
            _kl,
            "This is the Kullback-Leibler divergence of p from q. Compare each with the mean "
            "(p + q) / 2, and average.",
        ),
        Diagnosis(
            "Kullback-Leibler both ways",
            _both_kl,
            "The two distributions are compared with each other. Compare each with the mean "
            "(p + q) / 2, and average.",
        ),
    ),
)
