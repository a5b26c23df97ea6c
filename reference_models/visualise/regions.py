"""Decision regions: what a model of points in the plane answers everywhere."""

from collections.abc import Mapping

import torch
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from torch import Tensor, nn

from reference_models.data.pentagons import LOWER, SIDE, UPPER
from reference_models.data.scaling import InputScale
from reference_models.training.predict import predict
from reference_models.training.tasks import Task
from reference_models.visualise.canvas import COLOURS, colour_bar, label, panels

_GRID = 250


def probabilities(model: nn.Module, scale: InputScale, task: Task, points: int = _GRID) -> Tensor:
    """The probability of "inside" on a grid of `points` a side, `(y, x)`, over the square."""
    steps = (torch.arange(points) + 0.5) * SIDE / points
    y, x = torch.meshgrid(steps, steps, indexing="ij")
    stored = torch.stack((x.flatten(), y.flatten()), dim=1)
    answers = predict(model, stored, scale, 10_000, task)
    return answers[:, 1].view(points, points)


def regions(
    models: Mapping[str, nn.Module],
    scale: InputScale,
    task: Task,
    *,
    title: str,
    caption: str = "",
) -> Figure:
    """Draw the probability of "inside" over the square, the decision line and the two pentagons.

    One panel for each of `models`, by name.
    """
    figure, axes = panels(
        1, len(models), title=f"{title}: decision regions", caption=caption, cell=(6.4, 5.2)
    )
    decided = False
    for plot, (name, model) in zip(axes[0], models.items(), strict=True):
        chance = probabilities(model, scale, task).cpu().numpy()
        drawn = plot.imshow(
            chance, origin="lower", extent=(0, SIDE, 0, SIDE), cmap="cividis", vmin=0, vmax=1
        )
        if chance.min() < 0.5 < chance.max():
            middle = (torch.arange(_GRID) + 0.5) * SIDE / _GRID
            decided = True
            plot.contour(middle, middle, chance, levels=[0.5], colors="white", linewidths=2.5)
        for corners in (UPPER, LOWER):
            x, y = zip(*corners, corners[0], strict=True)
            plot.plot(x, y, "--", color=COLOURS[1], linewidth=2)
        label(plot, x="x", y="y", title=name if len(models) > 1 else "")
    colour_bar(figure, drawn, axes, 'probability of "inside"')
    handles = {"pentagons": Line2D([], [], color=COLOURS[1], ls="--", lw=2)}
    if decided:
        handles["decision"] = Line2D([], [], color="white", lw=2.5)
    axes[0, 0].legend(
        handles.values(),
        handles,
        fontsize=11,
        loc="upper right",
        facecolor="0.35",
        labelcolor="white",
        framealpha=0.85,
    )
    return figure
