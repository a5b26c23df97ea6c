"""Decode once: splits live in memory-mapped safetensors files keyed by their sources' bytes.

Hashing 60,000 files at every start would cost more than it saves, so a second, cheap key made from
names, sizes and modification times remembers the content key, as git's index does. A file that was
changed without changing any of the three is not noticed; nothing but ill will does that. What comes
with a package has no files to look at: its version is in its name. Whoever may write in the folder
decides what images and labels are, as with the data themselves.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from reference_models.data.datasets import Split
from reference_models.data.roots import cache_root
from reference_models.errors import DataError

_LAYOUT = "1"
"""Changes whenever decoding or the stored layout does, which sets old cache files aside."""

_CHUNK = 1 << 20


def cached_splits(
    name: str, files: Sequence[Path], decode: Callable[[], tuple[Split, Split]]
) -> tuple[str, Split, Split]:
    """Return `(content key, train, test)`, decoding only if no cache holds these very files.

    `files` are everything that `decode` reads. The tensors are memory-mapped, copy on write. A
    cache that cannot be written (full disk, read-only home) costs time at the next start and
    nothing else.
    """
    key = _content_key(name, files)
    path = cache_root() / f"{name}-{key}.safetensors"
    splits = _read(path)
    if splits is None:
        splits = decode()
        _write(path, splits)
        splits = _read(path) or splits
    return key, *splits


def _content_key(name: str, files: Sequence[Path]) -> str:
    stats = hashlib.sha256(f"{_LAYOUT}:{name}".encode())
    for file in files:
        status = file.stat()
        stats.update(f"\0{file}\0{status.st_size}\0{status.st_mtime_ns}".encode())
    memo = cache_root() / f"{name}-{stats.hexdigest()[:32]}.key"
    try:
        return memo.read_text("ascii")
    except (OSError, UnicodeDecodeError):
        key = _hash_contents(name, files)
        _replace(memo, lambda temporary: temporary.write_text(key, "ascii"))
        return key


def _hash_contents(name: str, files: Sequence[Path]) -> str:
    contents = hashlib.sha256(f"{_LAYOUT}:{name}".encode())
    for file in files:
        contents.update(f"\0{file.parent.name}/{file.name}\0{file.stat().st_size}\0".encode())
        with file.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                contents.update(chunk)
    return contents.hexdigest()[:32]


def _read(path: Path) -> tuple[Split, Split] | None:
    try:
        with safe_open(path, framework="pt") as stored:
            train, test = (
                Split(stored.get_tensor(f"{part}.images"), stored.get_tensor(f"{part}.labels"))
                for part in ("train", "test")
            )
    except (OSError, SafetensorError, DataError):
        return None
    return train, test


def _write(path: Path, splits: tuple[Split, Split]) -> None:
    tensors: dict[str, torch.Tensor] = {}
    for part, split in zip(("train", "test"), splits, strict=True):
        tensors[f"{part}.images"] = split.inputs.contiguous()
        tensors[f"{part}.labels"] = split.labels.contiguous()
    _replace(path, lambda temporary: save_file(tensors, temporary))


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    """Write beside `path` and rename, so that no reader ever sees half a file."""
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
        os.close(handle)
        temporary = Path(name)
        write(temporary)
        temporary.replace(path)
    except (OSError, SafetensorError):
        if temporary is not None:
            temporary.unlink(missing_ok=True)
