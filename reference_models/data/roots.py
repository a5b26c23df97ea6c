"""Where data and caches live on this machine."""

import os
from pathlib import Path

from reference_models.errors import DataError

DATA_VARIABLE = "GRADEBENCH_DATA"
CACHE_VARIABLE = "GRADEBENCH_CACHE"

_NOBODYS = Path("/nonexistent")
"""Where nothing is: the home of users who have none, as the system's own table of users has it."""


def _home_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "gradebench"
    except RuntimeError:
        return _NOBODYS / "gradebench"


def data_root() -> Path:
    """The folder that holds real data sets: `GRADEBENCH_DATA`, else `~/.cache/gradebench/data`.

    Raises DataError if the variable names the home of nobody.
    """
    return _chosen(DATA_VARIABLE) or _home_cache() / "data"


def cache_root() -> Path:
    """The folder of decoded tensors: `GRADEBENCH_CACHE`, else `~/.cache/gradebench/tensors`.

    Raises DataError if the variable names the home of nobody.
    """
    return _chosen(CACHE_VARIABLE) or _home_cache() / "tensors"


def _chosen(variable: str) -> Path | None:
    path = os.environ.get(variable)
    try:
        return Path(path).expanduser() if path else None
    except RuntimeError as error:
        raise DataError(f"{variable}={path}: there is no such home, write the path out") from error
