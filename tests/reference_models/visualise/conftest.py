"""Tiny networks and images for the picture room."""

from collections import OrderedDict

import pytest
import torch
from torch import Tensor, nn


@pytest.fixture
def stack() -> nn.Sequential:
    """Two convolutions with pools, an asymmetric padding and a dense layer; 8x8 grey images."""
    torch.manual_seed(0)
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(1, 3, 3, padding=1),
            relu1=nn.ReLU(),
            pool1=nn.MaxPool2d(2),
            pad2=nn.ZeroPad2d((0, 1, 0, 1)),
            conv2=nn.Conv2d(3, 5, 3, stride=2),
            tanh2=nn.Tanh(),
            dropout=nn.Dropout(0.5),
            flatten=nn.Flatten(),
            output=nn.Linear(20, 2),
        )
    )


@pytest.fixture
def images() -> Tensor:
    """Six 8x8 grey images in [0, 1]."""
    return torch.rand(6, 1, 8, 8, generator=torch.Generator().manual_seed(1))
