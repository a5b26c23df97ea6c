"""Answers of a trained model, in batches that fit in a cache."""

import torch
from torch import Tensor, nn

from reference_models.data.scaling import InputScale, scale_pixels
from reference_models.training.forms import answering
from reference_models.training.tasks import CLASSIFICATION, Task

EVALUATION_BATCH = 500


def predict(
    model: nn.Module,
    stored: Tensor,
    scale: InputScale,
    batch_size: int = EVALUATION_BATCH,
    task: Task = CLASSIFICATION,
) -> Tensor:
    """Return the answers of `model`, in evaluation mode, a row an example: `(N, classes)` logits.

    `stored` is a split's `inputs`, uint8 `(N, C, H, W)` for images, or bags of them. Other tasks
    have other answers: see `Task.answers`. Model and inputs share a device; the model's own mode is
    as it was afterwards.
    """
    with answering(model) as ask, torch.inference_mode():
        batches = torch.split(stored, batch_size)
        return torch.cat([task.answers(ask(scale_pixels(each, scale))) for each in batches])
