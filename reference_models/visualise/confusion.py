"""Confusion matrices: which classes a model takes for which."""

from collections.abc import Sequence

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from reference_models.visualise.canvas import HEAT, class_matrix, colour_bar, label, panels


def confusion_matrix(wanted: Tensor, answered: Tensor, classes: int) -> NDArray[np.int64]:
    """Counts `(true, answered)` of two label vectors `(N,)`."""
    pairs = wanted.cpu() * classes + answered.cpu()
    counts = torch.bincount(pairs, minlength=classes**2)
    return counts.view(classes, classes).numpy()


def confusion(
    wanted: Tensor, answered: Tensor, classes: Sequence[str], *, title: str, caption: str = ""
) -> Figure:
    """Draw the share (%) of every true class, a row, that was given every answer, a column."""
    counts = confusion_matrix(wanted, answered, len(classes))
    rows = counts.sum(1, keepdims=True)
    shares = 100 * counts / np.maximum(rows, 1)
    right = np.trace(counts) / max(int(counts.sum()), 1)
    side = max(0.6 * len(classes), 4.0)
    figure, axes = panels(
        1,
        1,
        title=f"{title}: confusion matrix",
        caption=f"{caption}; {right:.1%} of {int(counts.sum()):,} right",
        cell=(side + 2.0, side + 0.6),
    )
    plot = axes[0, 0]
    texts = np.vectorize(lambda share: f"{share:.0f}" if share > 0.5 else "")(shares)
    looks = {"annot": texts, "fmt": "", "annot_kws": {"fontsize": 12}}
    class_matrix(plot, shares, classes, cmap=HEAT, vmax=100, **looks)
    plot.tick_params(axis="x", rotation=45 if max(map(len, classes)) > 2 else 0)
    label(plot, x="answered", y="true")
    colour_bar(figure, plot.collections[0], plot, "share of the true class (%)")
    return figure
