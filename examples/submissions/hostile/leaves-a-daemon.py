"""Starts processes that detach themselves and wait for the grader to go away."""

import os
import time

from torch import nn

MARK = "gradebench-daemon-of-the-examples"

for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execv("/usr/bin/env", ["env", "sh", "-c", f"sleep 600; : {MARK}"])
        os._exit(0)
time.sleep(1)


def build_model() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
