"""What an autoencoder gives back: clean, noisy and reconstructed images in rows."""

from collections.abc import Sequence

import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from reference_models.training.corruptions import Corruption
from reference_models.visualise.canvas import label, panels, picture, row_label


def reconstructions(
    model: nn.Module,
    images: Tensor,
    *,
    title: str,
    caption: str = "",
    corruptions: Sequence[Corruption] = (),
    seed: int = 0,
) -> Figure:
    """Draw scaled `images`, what noise makes of them, and what the model gives back.

    `images` are `(B, C, H, W)`. Without `corruptions` the model is shown the clean images and there
    is no row for noisy ones. Every column says the mean squared error of its reconstruction against
    the clean image.
    """
    noisy = corrupted(images, corruptions, seed)
    was_training = model.training
    model.eval()
    with torch.inference_mode():
        restored = model(noisy)
    model.train(was_training)
    rows = [("clean", images), ("noisy", noisy), ("reconstructed", restored)]
    if not corruptions:
        del rows[1]
    errors = (restored - images).square().flatten(1).mean(1).tolist()
    figure, axes = panels(
        len(rows),
        len(images),
        title=f"{title}: reconstructions",
        caption=caption,
        cell=(1.3, 1.2),
    )
    low, high = float(images.min()), float(images.max())
    for line, (name, shown) in zip(axes, rows, strict=True):
        row_label(line[0], name)
        for plot, image in zip(line, shown.cpu(), strict=True):
            picture(plot, image, vmin=low, vmax=high)
    for plot, error in zip(axes[-1], errors, strict=True):
        label(plot, x=f"MSE {error:.3f}")
    return figure


def corrupted(images: Tensor, corruptions: Sequence[Corruption], seed: int) -> Tensor:
    """`images` after all `corruptions` in their order; the caller's random state stays as it is."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for corruption in corruptions:
            images = corruption(images)
    return images
