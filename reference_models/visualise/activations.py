"""How the outputs of a model's activation layers are distributed, with their statistics."""

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter
from torch import Tensor, nn

from reference_models.visualise.canvas import COLOURS, GREY, blank, label, panels, tidy
from reference_models.visualise.errors import PictureError
from reference_models.visualise.layers import ACTIVATIONS, outputs_of

_BINS = 60
_MOST_COLUMNS = 3


@dataclass(frozen=True)
class Statistics:
    """Mean, population variance, deviation and extremes of a layer's outputs."""

    mean: float
    variance: float
    deviation: float
    minimum: float
    maximum: float

    @classmethod
    def of(cls, values: Tensor) -> "Statistics":
        """The statistics of all of `values`."""
        wide = values.double()
        variance = float(wide.var(correction=0))
        low, high = float(wide.min()), float(wide.max())
        return cls(float(wide.mean()), variance, variance**0.5, low, high)


def activation_statistics(model: nn.Module, inputs: Tensor) -> dict[str, Statistics]:
    """The statistics of every activation layer over scaled `inputs`, `(B, ...)`, by layer name."""
    return {name: Statistics.of(each) for name, each in _activations(model, inputs).items()}


def activations(model: nn.Module, inputs: Tensor, *, title: str, caption: str = "") -> Figure:
    """Draw a histogram of every activation layer's outputs over `inputs`, `(B, ...)`."""
    found = _activations(model, inputs)
    if not found:
        raise PictureError("a model without activation layers has no activations to show")
    columns = 2 if len(found) == 4 else min(len(found), _MOST_COLUMNS)
    rows = -(-len(found) // columns)
    figure, axes = panels(
        rows, columns, title=f"{title}: activations", caption=caption, cell=(4.2, 3.6)
    )
    for plot, (name, values) in zip(axes.flat, found.items(), strict=False):
        _histogram(plot, name, values)
    for plot in axes.flat[len(found) :]:
        blank(plot)
    for line in axes:
        label(line[0], y="share of outputs")
    return figure


def _histogram(axes: Axes, name: str, values: Tensor) -> None:
    flat = values.flatten().cpu().float().numpy()
    axes.hist(flat, bins=_BINS, weights=[1 / len(flat)] * len(flat), color=COLOURS[0])
    axes.set_yscale("log")
    axes.yaxis.set_minor_formatter(NullFormatter())
    s = Statistics.of(values)
    axes.text(
        0.5,
        1.02,
        f"mean {s.mean:.3g}   variance {s.variance:.3g}\nmin {s.minimum:.3g}   max {s.maximum:.3g}",
        transform=axes.transAxes,
        ha="center",
        va="bottom",
        fontsize=10.5,
        color=GREY,
    )
    axes.set_title(name, fontsize=12, fontweight="bold", pad=36)
    label(axes, x="output")
    tidy(axes)


def _activations(model: nn.Module, inputs: Tensor) -> dict[str, Tensor]:
    return {
        name: each
        for name, each in outputs_of(model, inputs).items()
        if isinstance(model.get_submodule(name), ACTIVATIONS)
    }
