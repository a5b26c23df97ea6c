"""Answers of a trained model, in batches that fit in a cache."""

import torch
from torch import Tensor, nn

from reference_models.data.scaling import InputScale, scale_pixels
from reference_models.training.layout import as_channels_last, fast_form, gains_from_layout

EVALUATION_BATCH = 500


def predict(
    model: nn.Module, images: Tensor, scale: InputScale, batch_size: int = EVALUATION_BATCH
) -> Tensor:
    """Return the logits `(N, classes)` of `model`, in evaluation mode, for uint8 `(N, C, H, W)`.

    Model and images share a device; the model's own mode is as it was afterwards.
    """
    was_training = model.training
    convolutional = gains_from_layout(model)
    form = fast_form(model) if convolutional else model
    form.eval()
    try:
        with torch.inference_mode():
            answers = []
            for pixels in torch.split(images, batch_size):
                inputs = scale_pixels(pixels, scale)
                answers.append(form(as_channels_last(inputs) if convolutional else inputs))
            return torch.cat(answers)
    finally:
        model.train(was_training)
