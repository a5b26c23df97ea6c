"""The command line's questions, under long names that clash with nobody's and short ones that may.

The plugin is loaded into every pytest run of an environment, also of projects that never heard of
it and have a `--device` of their own. So it adds the long names alone: `--gradebench-device`. The
short ones are added by `benchmarks.short_options`, which this project's root `conftest.py` loads.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Option:
    """One question: the name it is stored and asked under, and what argparse is to know of it."""

    name: str
    help: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def add_to(self, group: pytest.OptionGroup, prefix: str = "") -> None:
        """Add `--<prefix><name>` to `group`; every spelling stores under the same name."""
        dest = f"gradebench_{self.name.replace('-', '_')}"
        group.addoption(f"--{prefix}{self.name}", dest=dest, help=self.help, **self.details)


OPTIONS = (
    Option(
        "data",
        "where pictures come from: bundled with the project, or real data sets (default: embedded)",
        {"choices": ("embedded", "real"), "default": "embedded"},
    ),
    Option(
        "data-root",
        "folder of real data sets (default: GRADEBENCH_DATA, else ~/.cache/gradebench/data)",
        {"type": Path, "default": None, "metavar": "DIR"},
    ),
    Option(
        "download",
        "fetch missing real data sets through torchvision",
        {"action": "store_true", "default": False},
    ),
    Option(
        "budget",
        "train for seconds, or as the report did (default: quick)",
        {"choices": ("quick", "paper"), "default": "quick"},
    ),
    Option(
        "device",
        "run the CPU cases, the CUDA cases, or what this machine has (default: auto)",
        {"choices": ("cpu", "cuda", "auto"), "default": "auto"},
    ),
    Option(
        "seed",
        "draws initial weights and the order of training samples (default: 0)",
        {"type": int, "default": 0, "metavar": "N"},
    ),
)
