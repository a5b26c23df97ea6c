"""What a run was asked to do: the answers to the command line's questions."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from reference_models import Budget
from reference_models.data import Source


@dataclass(frozen=True)
class Settings:
    """How this run measures.

    `root` None leaves the data root to the environment. `device` "auto" is the CPU and, where there
    is one, CUDA. `seed` draws the initial weights and the order of the training samples.
    """

    data: Source = "embedded"
    root: Path | None = None
    download: bool = False
    budget: Budget = "quick"
    device: Literal["cpu", "cuda", "auto"] = "auto"
    seed: int = 0

    @classmethod
    def of(cls, config: pytest.Config) -> "Settings":
        """Read the settings from pytest's command line."""
        return cls(
            data=config.getoption("gradebench_data"),
            root=config.getoption("gradebench_data_root"),
            download=config.getoption("gradebench_download"),
            budget=config.getoption("gradebench_budget"),
            device=config.getoption("gradebench_device"),
            seed=config.getoption("gradebench_seed"),
        )
