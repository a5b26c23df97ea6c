"""Where data and caches live on this machine."""

import os
from pathlib import Path

DATA_VARIABLE = "GRADEBENCH_DATA"
CACHE_VARIABLE = "GRADEBENCH_CACHE"


_NOBODYS = Path("/nonexistent")
"""Where nothing is, and nothing can be written by a user of a container who has no home."""


def _home_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "gradebench"
    except RuntimeError:
        return _NOBODYS / "gradebench"


def data_root() -> Path:
    """The folder that holds real data sets: `GRADEBENCH_DATA`, else `~/.cache/gradebench/data`."""
    chosen = os.environ.get(DATA_VARIABLE)
    return Path(chosen).expanduser() if chosen else _home_cache() / "data"


def cache_root() -> Path:
    """The folder of decoded tensors: `GRADEBENCH_CACHE`, else `~/.cache/gradebench/tensors`."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen).expanduser() if chosen else _home_cache() / "tensors"
