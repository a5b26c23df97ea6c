"""Training state on disk: written whole or not at all, and read only by the run it belongs to."""

import hashlib
import json
import os
import pickle
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from reference_models.errors import CheckpointError

_FORMAT = 2


def fingerprint(identity: object) -> str:
    """A short hash of everything a run depends on; `identity` is plain JSON values."""
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:32]


def save_checkpoint(path: Path, identity: str, content: dict[str, Any]) -> None:
    """Write `content` so that a kill at any moment leaves the old checkpoint or the new one.

    Raises CheckpointError if the file cannot be written; the old one is then still there.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as stream:
            torch.save({"format": _FORMAT, "identity": identity, **content}, stream)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except (OSError, RuntimeError) as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise CheckpointError(f"cannot write checkpoint {path}: {error}") from error


def load_checkpoint(path: Path, identity: str) -> dict[str, Any] | None:
    """Return what `save_checkpoint` wrote, or None if there is no file.

    Raises CheckpointError for a file that is damaged, of another format, or of another run.
    """
    if not path.exists():
        return None
    try:
        content: Any = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise CheckpointError(f"checkpoint {path} is damaged; delete it to start over") from error
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise CheckpointError(f"checkpoint {path} has another format; delete it to start over")
    if content["identity"] != identity:
        raise CheckpointError(
            f"checkpoint {path} belongs to another run (other model, recipe, seeds or data); "
            "delete it or name another file"
        )
    return content
