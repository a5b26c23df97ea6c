"""Trains while it is being loaded, and never stops."""

from torch import nn

model = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
while True:
    model.train()
