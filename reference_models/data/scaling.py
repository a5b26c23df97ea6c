"""From stored pixels (uint8, 0..255) to what a network reads."""

from typing import Literal

import torch
from torch import Tensor

InputScale = Literal["raw", "unit"]
"""`raw`: floats 0..255, as `PILToTensor` then `.float()` gives; `unit`: the same divided by 255."""


def scale_pixels(pixels: Tensor, scale: InputScale) -> Tensor:
    """Return `pixels` (uint8, any shape) as float32 of the same shape in the given scale."""
    values = pixels.to(torch.float32)
    return values.div_(255.0) if scale == "unit" else values
