"""Zip files from people: looked through before unpacking, never trusted to name where they go."""

import shutil
import stat
import struct
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from graders.errors import SubmissionError

_SYSTEM_FOLDERS = frozenset({"__MACOSX", "__pycache__", ".git", ".venv", ".ipynb_checkpoints"})
_SYSTEM_FILES = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_ENCRYPTED = 0x1
_NAME_CHARACTERS = 200
_UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError),
    *(NotImplementedError, RuntimeError, ValueError, OverflowError, LookupError),
)
"""What `zipfile` raises on a file that is broken, as far as fuzzing and its source tell."""

_RATIO_FROM_BYTES = 2**20
"""Small files may compress as well as they like."""


@dataclass(frozen=True)
class ArchiveLimits:
    """How big a submission may be: files, bytes after unpacking, and how far one file may swell."""

    files: int = 1_000
    total_bytes: int = 256 * 2**20
    ratio: int = 200


def is_clutter(path: PurePosixPath) -> bool:
    """Whether `path` is something a computer left there, not the student."""
    return path.name in _SYSTEM_FILES or not _SYSTEM_FOLDERS.isdisjoint(path.parts)


def unpack(archive: Path, target: Path, limits: ArchiveLimits) -> None:
    """Unpack the zip file `archive` into the empty folder `target`.

    Everything the archive claims is checked before a byte is written. Raises SubmissionError.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = _checked(opened.infolist(), archive.name, limits)
            _write(opened, entries, target)
    except _UNREADABLE as error:
        raise SubmissionError(f"{archive.name} is not a readable zip file: {error}") from error


def _checked(
    entries: list[zipfile.ZipInfo], archive: str, limits: ArchiveLimits
) -> list[zipfile.ZipInfo]:
    if len(entries) > limits.files:
        raise SubmissionError(f"{archive} has {len(entries)} entries; {limits.files} are allowed")
    if sum(entry.file_size for entry in entries) > limits.total_bytes:
        raise SubmissionError(f"{archive} unpacks to more than {limits.total_bytes} bytes")
    kept = [
        entry
        for entry in entries
        if not entry.is_dir() and not is_clutter(PurePosixPath(entry.filename))
    ]
    for entry in kept:
        _check(entry, archive, limits)
    _check_names(kept, archive)
    return kept


def _check(entry: zipfile.ZipInfo, archive: str, limits: ArchiveLimits) -> None:
    path = PurePosixPath(entry.filename)
    shown = f"{archive}: {entry.filename[:_NAME_CHARACTERS]!r}"
    if entry.header_offset < 0:
        raise SubmissionError(f"{archive} is not a readable zip file: its index is damaged")
    if path.is_absolute() or ".." in path.parts or "\\" in entry.filename:
        raise SubmissionError(f"{shown} points outside the submission")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise SubmissionError(f"{shown} is a link or a device; only plain files are accepted")
    if any(len(part.encode(errors="replace")) > _NAME_CHARACTERS for part in path.parts):
        raise SubmissionError(f"{shown}... has too long a name")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise SubmissionError(f"{shown} is compressed in an unusual way; make a plain zip file")
    if entry.flag_bits & _ENCRYPTED:
        raise SubmissionError(f"{shown} is encrypted")
    if entry.file_size > max(_RATIO_FROM_BYTES, limits.ratio * entry.compress_size):
        raise SubmissionError(f"{shown} swells more than {limits.ratio}-fold when unpacked")


def _check_names(entries: list[zipfile.ZipInfo], archive: str) -> None:
    """Every name once, and no file where another entry needs a folder."""
    names = [str(PurePosixPath(entry.filename)).casefold() for entry in entries]
    twins = {name for name, count in Counter(names).items() if count > 1}
    if twins:
        raise SubmissionError(f"{archive} holds {min(twins)!r} twice")
    folders = {str(parent) for name in names for parent in PurePosixPath(name).parents}
    if not folders.isdisjoint(names):
        raise SubmissionError(f"{archive} holds {min(folders & set(names))!r} as file and folder")


def _write(opened: zipfile.ZipFile, entries: list[zipfile.ZipInfo], target: Path) -> None:
    """Write every entry; ZipFile stops each at the size it claims, and that was checked."""
    for entry in entries:
        path = target / PurePosixPath(entry.filename)
        path.parent.mkdir(parents=True, exist_ok=True)
        with opened.open(entry) as source, path.open("xb") as sink:
            shutil.copyfileobj(source, sink)
