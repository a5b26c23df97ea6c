"""Distributions of unique-class-count features: each class's densities, and how far apart they are.

Oner, Lee and Sung (ICLR 2020): where counting has been learnt, every class has a density of its
own, and the Jensen-Shannon divergence of any two classes is well above zero.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor, nn

from reference_models.bs6207.models import FEATURES, NODES, KernelDensity
from reference_models.visualise.canvas import HEAT, class_matrix, colour_bar, label, panels

_BATCH = 500
_FLOOR = 1e-12
_FAR = 0.3


def class_densities(features: Tensor, labels: Tensor, classes: int) -> Tensor:
    """The kernel density of every class's features, `(classes, features * nodes)`, rows sum to 1.

    `features` are `(N, features)` in [0, 1]; a class without samples has zeros.
    """
    density = KernelDensity().to(features.device)
    rows = [density(features[labels == number][None])[0] for number in range(classes)]
    return torch.stack(rows).nan_to_num() / features.shape[1]


def divergences(densities: Tensor) -> NDArray[np.float64]:
    """The Jensen-Shannon divergence, in bits, of every two rows of `densities`, `(C, C)`."""
    rows = densities.double().clamp(_FLOOR, 1).cpu().numpy()
    first, second = rows[:, None], rows[None]
    middle = (first + second) / 2
    both = [(each * np.log2(each / middle)).sum(-1) for each in (first, second)]
    result: NDArray[np.float64] = sum(both) / 2
    return result


def extracted(extractor: nn.Module, images: Tensor) -> Tensor:
    """The features of scaled `images`, `(N, features)`, in evaluation mode."""
    was_training = extractor.training
    extractor.eval()
    with torch.inference_mode():
        found = torch.cat([extractor(batch) for batch in torch.split(images, _BATCH)])
    extractor.train(was_training)
    return found


def distributions(
    features: Tensor, labels: Tensor, classes: Sequence[str], *, title: str, caption: str = ""
) -> Figure:
    """Draw every class's feature densities beside the matrix of their divergences.

    `features` are `(N, 10)`. The left panel has a row a class; its ten blocks are the features,
    each a density over 11 nodes from 0 to 1.
    """
    densities = class_densities(features, labels, len(classes))
    apart = divergences(densities)
    smallest = apart[~np.eye(len(classes), dtype=bool)].min()
    figure, axes = panels(
        1,
        2,
        title=f"{title}: feature distributions",
        caption=f"{caption}; {len(labels):,} images; smallest divergence {smallest:.3f} bits",
        cell=(6.6, 5.4),
    )
    _densities(figure, axes[0, 0], (densities * FEATURES).cpu().numpy(), classes)
    _matrix(axes[0, 1], apart, classes)
    return figure


def _densities(
    figure: Figure, axes: Any, densities: NDArray[np.floating], classes: Sequence[str]
) -> None:
    drawn = axes.imshow(densities, cmap=HEAT, aspect="auto", vmin=0, interpolation="nearest")
    for edge in range(1, FEATURES):
        axes.axvline(edge * NODES - 0.5, color="white", linewidth=1.5)
    middles = [number * NODES + (NODES - 1) / 2 for number in range(FEATURES)]
    axes.set_xticks(middles, [str(number + 1) for number in range(FEATURES)])
    axes.set_yticks(range(len(classes)), list(classes))
    axes.tick_params(length=0)
    label(axes, x="feature, each from 0 to 1", y="class", title="kernel densities")
    colour_bar(figure, drawn, axes, "density")


def _matrix(axes: Any, apart: NDArray[np.floating], classes: Sequence[str]) -> None:
    looks = {"annot": True, "fmt": ".2f", "annot_kws": {"fontsize": 10}}
    most = max(float(apart.max()), _FAR)
    class_matrix(axes, apart, classes, cmap="cividis", vmax=most, **looks)
    label(axes, x="class", y="class", title="Jensen-Shannon divergence (bits)")
