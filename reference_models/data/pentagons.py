"""The two pentagons of JHU 600.482/682, homework 4, question 1, as labelled points."""

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from reference_models.data.datasets import Dataset, Source, Split

Polygon = tuple[tuple[float, float], ...]

UPPER: Final[Polygon] = ((500, 1000), (300, 800), (400, 600), (600, 600), (700, 800))
LOWER: Final[Polygon] = ((500, 600), (100, 400), (300, 200), (700, 200), (900, 400))
SIDE: Final = 1000.0
_TRAIN, _TEST = 50_000, 10_000
_SEED = 0


def pentagons(name: str, source: Source) -> Dataset:
    """50,000 train and 10,000 test points, uniform on [0, 1000]^2; label 1 is inside a pentagon.

    The course's own file is not public: whatever the source asked for, the points are generated
    from the vertices. 30 % of the square is inside, so answering "outside" is right on 70 %.
    """
    generator = np.random.default_rng(_SEED)
    return Dataset(
        name=name,
        source=source,
        title="two pentagons, generated",
        classes=("outside", "inside"),
        key=f"pentagons-{_SEED}-{_TRAIN}-{_TEST}",
        train=_split(_TRAIN, generator),
        test=_split(_TEST, generator),
    )


def inside(points: NDArray[np.floating], polygon: Polygon) -> NDArray[np.bool_]:
    """Whether each of `points`, `(N, 2)`, lies inside `polygon`, by the even-odd rule."""
    x, y = points[:, 0], points[:, 1]
    result = np.zeros(len(points), dtype=bool)
    for (x1, y1), (x2, y2) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if y1 == y2:
            continue
        crosses = (y1 > y) != (y2 > y)
        result ^= crosses & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return result


def _split(count: int, generator: np.random.Generator) -> Split:
    points = generator.uniform(0, SIDE, (count, 2)).astype(np.float32)
    labels = inside(points, UPPER) | inside(points, LOWER)
    return Split(torch.from_numpy(points), torch.from_numpy(labels.astype(np.int64)))
