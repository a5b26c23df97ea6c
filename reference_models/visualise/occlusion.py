"""Occlusion sensitivity (Zeiler and Fergus, 2014): which part of an image its class hangs on."""

from collections.abc import Sequence

import torch
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor, nn

from reference_models.visualise.canvas import (
    COLOURS,
    HEAT,
    colour_bar,
    label,
    panels,
    picture,
    row_label,
)

_BATCH = 256


def occlusion_map(
    model: nn.Module, image: Tensor, target: int, *, side: int, grey: float, stride: int = 1
) -> Tensor:
    """The probability of class `target` with a grey square over every place of `image`.

    `image` is scaled, `(C, H, W)`; the square has `side` pixels of value `grey`, its top left
    corner every `stride` pixels. Returns `(rows, columns)` of softmax probabilities.
    """
    _, height, width = image.shape
    rows = range(0, height - side + 1, stride)
    columns = range(0, width - side + 1, stride)
    covered = image.repeat(len(rows) * len(columns), 1, 1, 1)
    for number, (row, column) in enumerate((r, c) for r in rows for c in columns):
        covered[number, :, row : row + side, column : column + side] = grey
    was_training = model.training
    model.eval()
    with torch.inference_mode():
        answers = torch.cat(
            [model(batch).softmax(1)[:, target] for batch in torch.split(covered, _BATCH)]
        )
    model.train(was_training)
    return answers.view(len(rows), len(columns))


def occlusion(
    model: nn.Module,
    images: Tensor,
    labels: Sequence[int],
    classes: Sequence[str],
    *,
    title: str,
    caption: str = "",
    side: int | None = None,
) -> Figure:
    """Draw each of `images`, `(B, C, H, W)` and scaled, above its map of the right class.

    The square is a quarter of the image high and wide unless `side` says otherwise, and as grey as
    the middle between the images' extremes. Its outline stands where it did most harm. A map's
    pixel is where the square's middle was, so maps have a margin of half a square.
    """
    side = side or images.shape[-1] // 4
    grey = float(images.min() + images.max()) / 2
    figure, axes = panels(
        2,
        len(images),
        title=f"{title}: occlusion",
        caption=f"{caption}; grey square of {side}x{side} pixels",
        cell=(1.9, 1.8),
    )
    height, width = images.shape[-2:]
    for plots, image, wanted in zip(axes.T, images, labels, strict=True):
        heat = occlusion_map(model, image, wanted, side=side, grey=grey)
        row, column = divmod(int(heat.argmin()), heat.shape[1])
        picture(plots[0], image)
        label(plots[0], title=classes[wanted])
        plots[0].add_patch(
            Rectangle((column - 0.5, row - 0.5), side, side, fill=False, ec=COLOURS[1], lw=2.5)
        )
        first = (side - 1) / 2 - 0.5
        extent = (first, first + heat.shape[1], first + heat.shape[0], first)
        drawn = picture(plots[1], heat.cpu(), cmap=HEAT, vmin=0, vmax=1, extent=extent)
        plots[1].set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
        label(plots[1], x=f"least {float(heat.min()):.2f}")
    row_label(axes[0, 0], "image and\nworst place")
    row_label(axes[1, 0], "square\ncentred here")
    colour_bar(figure, drawn, axes, "probability of the right class")
    return figure
