"""Noise for denoising autoencoders: named transforms with strengths, on inputs in [-1, 1]."""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

_LOW, _HIGH, _MIDDLE = -1.0, 1.0, 0.0


class Corruption(Protocol):
    """Takes `(B, ...)` floats in [-1, 1] and returns as many, other tensors in the same range."""

    def __call__(self, inputs: Tensor) -> Tensor:
        """Corrupt `inputs` by torch's random state; the argument stays as it is."""
        ...


@dataclass(frozen=True)
class Gaussian:
    """Add normal noise of standard deviation `sigma`, then clamp to [-1, 1]."""

    sigma: float

    def __call__(self, inputs: Tensor) -> Tensor:
        return (inputs + self.sigma * torch.randn_like(inputs)).clamp(_LOW, _HIGH)


@dataclass(frozen=True)
class SaltAndPepper:
    """Set a random share of the values to an extreme, half of them -1 and half +1."""

    share: float

    def __call__(self, inputs: Tensor) -> Tensor:
        chance = torch.rand_like(inputs)
        peppered = torch.where(chance < self.share / 2, _LOW, inputs)
        return torch.where(chance > 1 - self.share / 2, _HIGH, peppered)


@dataclass(frozen=True)
class Zeroing:
    """Set a random share of the values to zero, the middle of [-1, 1]."""

    share: float

    def __call__(self, inputs: Tensor) -> Tensor:
        return torch.where(torch.rand_like(inputs) < self.share, _MIDDLE, inputs)
