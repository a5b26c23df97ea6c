"""The UCC networks: a feature extractor, its decoder, a density estimate, and a head that counts.

Oner, Lee and Sung, "Weakly Supervised Clustering by Exploiting Unique Class Count" (ICLR 2020,
arXiv 1906.07647). A bag of images goes in; how many digits are among them comes out, and learning
to tell makes the features of each digit its own cluster.
"""

from collections import OrderedDict
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from reference_models.initialise import glorot_uniform, same_padding_stride_2

FEATURES = 10
NODES = 11
SIGMA = 0.1

_BIAS = 0.1
_MAPS = (128, 7, 7)
_FLAT = 128 * 7 * 7

Activation = Callable[[], nn.Module]


class KernelDensity(nn.Module):
    """A Gaussian kernel density estimate of every feature over a bag's instances.

    Input `(B, instances, features)` in [0, 1], output `(B, features * nodes)`, features outermost:
    the sum over the instances at equally spaced nodes on [0, 1], over its own sum over the nodes,
    so that each feature's `nodes` values add up to 1. No parameters.
    """

    nodes: Tensor

    def __init__(self, nodes: int = NODES, sigma: float = SIGMA) -> None:
        super().__init__()
        self.sigma = sigma
        self.register_buffer("nodes", torch.linspace(0, 1, nodes), persistent=False)

    def forward(self, features: Tensor) -> Tensor:
        """The estimate of each bag."""
        apart = features.unsqueeze(-1) - self.nodes
        density = torch.exp(apart.square() * (-0.5 / self.sigma**2)).sum(1)
        return (density / density.sum(-1, keepdim=True)).flatten(1)


class _Down(nn.Module):
    """Residual block of the extractor: the activation first, then both branches start from it.

    `(B, wide_in, H, W)` to `(B, wide_out, H / stride, W / stride)`. The shortcut of a strided block
    is a 1x1 convolution that keeps the input's channels; those it lacks are zeros, at the end.
    """

    def __init__(self, wide_in: int, wide_out: int, stride: int, activation: Activation) -> None:
        super().__init__()
        self.activation1 = activation()
        if stride == 1:
            self.pad: nn.Module | None = None
            self.conv1 = nn.Conv2d(wide_in, wide_out, 3, padding=1)
            self.shortcut: nn.Module | None = None
        else:
            self.pad = same_padding_stride_2()
            self.conv1 = nn.Conv2d(wide_in, wide_out, 3, stride=2)
            self.shortcut = nn.Conv2d(wide_in, wide_in, 1, stride=2)
        self.activation2 = activation()
        self.conv2 = nn.Conv2d(wide_out, wide_out, 3, padding=1)
        self._missing = wide_out - wide_in

    def forward(self, maps: Tensor) -> Tensor:
        active = self.activation1(maps)
        padded = active if self.pad is None else self.pad(active)
        residual: Tensor = self.conv2(self.activation2(self.conv1(padded)))
        carried = active if self.shortcut is None else self.shortcut(active)
        return residual + pad(carried, (0, 0, 0, 0, 0, self._missing))


class _Up(nn.Module):
    """Residual block of the decoder: ReLU, nearest-neighbour upsampling, then both branches.

    `(B, wide_in, H, W)` to `(B, wide_out, H * scale, W * scale)`; where the channels change, a 1x1
    convolution is the shortcut.
    """

    def __init__(self, wide_in: int, wide_out: int, scale: int) -> None:
        super().__init__()
        self.relu1 = nn.ReLU()
        self.upsample = nn.Upsample(scale_factor=scale) if scale > 1 else None
        self.conv1 = nn.Conv2d(wide_in, wide_out, 3, padding=1)
        self.relu2 = nn.ReLU()
        self.conv2 = nn.Conv2d(wide_out, wide_out, 3, padding=1)
        self.shortcut = None if wide_in == wide_out else nn.Conv2d(wide_in, wide_out, 1)

    def forward(self, maps: Tensor) -> Tensor:
        active: Tensor = self.relu1(maps)
        if self.upsample is not None:
            active = self.upsample(active)
        residual: Tensor = self.conv2(self.relu2(self.conv1(active)))
        carried: Tensor = active if self.shortcut is None else self.shortcut(active)
        return residual + carried


class Extractor(nn.Sequential):
    """One image `(N, 1, 28, 28)` to ten features `(N, 10)` in (0, 1)."""

    def __init__(self, activation: Activation = nn.ReLU) -> None:
        super().__init__(
            OrderedDict(
                stem=nn.Conv2d(1, 16, 3, padding=1),  # (N, 16, 28, 28)
                block1=_Down(16, 32, 1, activation),  # (N, 32, 28, 28)
                block2=_Down(32, 64, 2, activation),  # (N, 64, 14, 14)
                block3=_Down(64, 128, 2, activation),  # (N, 128, 7, 7)
                activation=activation(),
                flatten=nn.Flatten(),
                features=nn.Linear(_FLAT, FEATURES, bias=False),
                sigmoid=nn.Sigmoid(),
            )
        )
        _initialise(self)


class Decoder(nn.Sequential):
    """Ten features `(N, 10)` back to an image `(N, 1, 28, 28)`, of any range."""

    def __init__(self) -> None:
        super().__init__(
            OrderedDict(
                dense=nn.Linear(FEATURES, _FLAT),
                maps=nn.Unflatten(1, _MAPS),  # (N, 128, 7, 7)
                block1=_Up(128, 128, 2),  # (N, 128, 14, 14)
                block2=_Up(128, 64, 2),  # (N, 64, 28, 28)
                block3=_Up(64, 32, 1),  # (N, 32, 28, 28)
                relu=nn.ReLU(),
                output=nn.Conv2d(32, 1, 3, padding=1),
            )
        )
        _initialise(self)


class UniqueClassCount(nn.Module):
    """Counts the digits in a bag, from the densities of its images' features.

    Input `(B, instances, 1, 28, 28)` of standardised images, for any number of instances. Output
    logits `(B, counts)`; with a decoder, a pair of them and the images given back, shaped like the
    input. Glorot-uniform kernels; biases 0.1 in the extractor and the decoder, 0 in their 1x1
    shortcuts and in the head.
    """

    def __init__(
        self, counts: int, *, decodes: bool = False, activation: Activation = nn.ReLU
    ) -> None:
        super().__init__()
        self.extractor = Extractor(activation)
        self.decoder = Decoder() if decodes else None
        self.density = KernelDensity()
        self.head = nn.Sequential(
            OrderedDict(
                dense1=nn.Linear(FEATURES * NODES, 384),
                relu1=nn.ReLU(),
                dense2=nn.Linear(384, 192),
                relu2=nn.ReLU(),
                output=nn.Linear(192, counts),
            )
        )
        glorot_uniform(self.head)

    def forward(self, bags: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """The logits, and the reconstructions of a model that decodes."""
        features = self.extractor(bags.flatten(0, 1))
        logits: Tensor = self.count(features.unflatten(0, bags.shape[:2]))
        if self.decoder is None:
            return logits
        return logits, self.decoder(features).unflatten(0, bags.shape[:2])

    def count(self, features: Tensor) -> Tensor:
        """Logits of bags whose instances' features, `(B, instances, 10)`, are known already."""
        logits: Tensor = self.head(self.density(features))
        return logits


def _initialise(part: nn.Module) -> None:
    glorot_uniform(part, bias=_BIAS)
    for name, parameter in part.named_parameters():
        if name.endswith("shortcut.bias"):
            nn.init.zeros_(parameter)
