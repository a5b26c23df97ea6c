"""Zip and tar files from people: looked through before unpacking, never trusted to name a place."""

import gzip
import io
import shutil
import stat
import struct
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Self

from graders.errors import SubmissionError

ENDINGS = (".zip", ".tar.gz", ".tgz")

_SYSTEM_FOLDERS = frozenset({"__MACOSX", "__pycache__", ".git", ".venv", ".ipynb_checkpoints"})
_SYSTEM_FILES = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_MAC_DOUBLE = "._"
"""How macOS's tar calls what it knows of a file besides its contents."""

_ENCRYPTED = 0x1
_NAME_CHARACTERS = 200
_PATH_BYTES = 1_000
_DEPTH = 50
"""What unpacks below any folder of ours, and is removed again, without a system's own limits."""
_UNREADABLE = (
    *(zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, struct.error, EOFError),
    *(NotImplementedError, RuntimeError, ValueError, OverflowError, LookupError),
)
"""What the readers raise on a file that is broken, as far as fuzzing and their source tell."""

_RATIO_FROM_BYTES = 2**20
"""Small files may compress as well as they like."""
_BYTES_PER_FILE = 4096
"""An archive's own headers and padding for one file, with room for long names."""
_HEADER_BYTES = 64 * 1024
_HEADER_WORDS = 100
"""How much a tar may say of one file or, for the whole of it, of all files."""
_EXTENDED = (
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
)


@dataclass(frozen=True)
class ArchiveLimits:
    """How big a submission may be: files, bytes after unpacking, and how far one file may swell."""

    files: int = 1_000
    total_bytes: int = 256 * 2**20
    ratio: int = 200


@dataclass(frozen=True)
class _Entry:
    """What an archive claims of one file: its name, its size, and whether it is a plain file."""

    name: str
    size: int
    plain: bool

    @property
    def path(self) -> PurePosixPath:
        return PurePosixPath(self.name)


def is_clutter(path: PurePosixPath) -> bool:
    """Whether `path` is something a computer left there, not the student."""
    left_by_mac = path.name.startswith(_MAC_DOUBLE)
    return left_by_mac or path.name in _SYSTEM_FILES or not _SYSTEM_FOLDERS.isdisjoint(path.parts)


def is_shallow(path: PurePosixPath) -> bool:
    """Whether `path` can lie below any folder of this machine's."""
    return len(path.parts) <= _DEPTH and len(str(path).encode(errors="replace")) <= _PATH_BYTES


def is_archive(path: Path) -> bool:
    """Whether `path` is called like an archive that `unpack` reads."""
    return path.name.lower().endswith(ENDINGS)


def unpack(archive: Path, target: Path, limits: ArchiveLimits) -> None:
    """Unpack `archive` (zip, or tar with gzip) into the empty folder `target`.

    Everything the archive claims is checked before a byte is written. Raises SubmissionError.
    """
    zipped = archive.name.lower().endswith(".zip")
    try:
        (_unzip if zipped else _untar)(archive, target, limits)
    except _UNREADABLE as error:
        kind = "zip" if zipped else "tar.gz"
        raise SubmissionError(
            f"{archive.name} is not a readable {kind} file: {error}; pack it again"
        ) from error


def _unzip(archive: Path, target: Path, limits: ArchiveLimits) -> None:
    with _Indexed(archive, limits) as file, zipfile.ZipFile(file) as opened:
        entries = opened.infolist()
        _check_totals([entry.file_size for entry in entries], archive.name, limits)
        kept = [entry for entry in entries if _is_kept(entry.filename, folder=entry.is_dir())]
        claims = [_Entry(one.filename, one.file_size, _is_plain(one)) for one in kept]
        _check_claims(claims, archive.name)
        for entry in kept:
            _check_packing(entry, archive.name, limits)
        for entry, claim in zip(kept, claims, strict=True):
            with opened.open(entry) as source:  # ends at the size it claims
                _write(source, target / claim.path)


class _Indexed(io.FileIO):
    """A file that gives at once no more than the index of as many entries as are allowed needs.

    A zip's reader takes in the whole index before anybody can count what is in it.
    """

    def __init__(self, archive: Path, limits: ArchiveLimits) -> None:
        super().__init__(archive)
        self._shown = archive.name
        self._limits = limits

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > _BYTES_PER_FILE * self._limits.files:
            raise SubmissionError(
                f"{self._shown} has an index for more entries than the {self._limits.files} that "
                "are allowed"
            )
        return super().read(-1 if size is None else size) or b""


def _untar(archive: Path, target: Path, limits: ArchiveLimits) -> None:
    """Read the stream twice: to look, and to write what was seen."""
    sizes: list[int] = []
    claims: list[_Entry] = []
    with _tar(archive, limits) as opened:
        for entry in opened:
            sizes.append(entry.size)
            _check_totals(sizes, archive.name, limits)
            _check_words(entry, opened)
            if _is_kept(entry.name, folder=entry.isdir()):
                claims.append(
                    _Entry(entry.name, entry.size, entry.isreg() and not entry.issparse())
                )
    _check_claims(claims, archive.name)
    wanted = {claim.name: claim for claim in claims}
    with _tar(archive, limits) as opened:
        for entry in opened:
            if entry.name in wanted and (source := opened.extractfile(entry)) is not None:
                _write(source, target / wanted[entry.name].path)


@contextmanager
def _tar(archive: Path, limits: ArchiveLimits) -> Iterator[tarfile.TarFile]:
    """Open a tar as a stream that never goes backwards, and that ends where it swells too far."""
    with gzip.open(archive) as stream:
        bounded = _Bounded(stream, archive, limits)
        with tarfile.open(mode="r|", fileobj=bounded, tarinfo=_Header) as opened:
            yield opened


class _Header(tarfile.TarInfo):
    """A header that is refused where it announces long words about others, which are kept."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        found = super().frombuf(buf, encoding, errors)
        if found.type in _EXTENDED and found.size > _HEADER_BYTES:
            raise ValueError("it says too much of its files")
        return found


def _check_words(entry: tarfile.TarInfo, opened: tarfile.TarFile) -> None:
    """Insist on few words: every entry keeps a copy of what is said of all."""
    if max(len(entry.pax_headers), len(opened.pax_headers)) > _HEADER_WORDS:
        raise ValueError("it says too much of its files")


class _Bounded(io.BufferedIOBase):
    """A reader of what `archive` unpacks to, which refuses to give more than the limits allow."""

    def __init__(self, stream: gzip.GzipFile, archive: Path, limits: ArchiveLimits) -> None:
        self._stream = stream
        self._name = archive.name
        self._limits = limits
        self._left = limits.total_bytes + _BYTES_PER_FILE * limits.files
        self._read = 0
        self._swollen = max(_RATIO_FROM_BYTES, limits.ratio * archive.stat().st_size)

    def read(self, count: int | None = -1, /) -> bytes:
        data = self._stream.read(-1 if count is None else count)
        self._read += len(data)
        if self._read > self._left:
            raise _too_large(self._name, self._limits)
        if self._read > self._swollen:
            raise _swells(self._name, self._limits)
        return data


def _is_kept(name: str, *, folder: bool) -> bool:
    return not folder and not is_clutter(PurePosixPath(name))


def _is_plain(entry: zipfile.ZipInfo) -> bool:
    return stat.S_IFMT(entry.external_attr >> 16) in (0, stat.S_IFREG)


def _check_totals(sizes: Sequence[int], archive: str, limits: ArchiveLimits) -> None:
    if len(sizes) > limits.files:
        raise SubmissionError(
            f"{archive} has {len(sizes)} entries or more; {limits.files} are allowed"
        )
    if min(sizes, default=0) < 0:
        raise ValueError("its index is damaged")
    if sum(sizes) > limits.total_bytes:
        raise _too_large(archive, limits)


def _too_large(archive: str, limits: ArchiveLimits) -> SubmissionError:
    return SubmissionError(
        f"{archive} unpacks to more than {limits.total_bytes} bytes; leave out data and checkpoints"
    )


def _swells(shown: str, limits: ArchiveLimits) -> SubmissionError:
    return SubmissionError(f"{shown} swells more than {limits.ratio}-fold when unpacked")


def _check_claims(entries: Sequence[_Entry], archive: str) -> None:
    for entry in entries:
        shown = f"{archive}: {entry.name[:_NAME_CHARACTERS]!r}"
        outside = entry.path.is_absolute() or ".." in entry.path.parts or "\\" in entry.name
        if outside or not entry.path.parts or "\0" in entry.name:
            raise SubmissionError(f"{shown} points outside the submission")
        if not entry.plain:
            raise SubmissionError(f"{shown} is a link or a device; only plain files are accepted")
        if any(len(part.encode(errors="replace")) > _NAME_CHARACTERS for part in entry.path.parts):
            raise SubmissionError(f"{archive} has too long a name in it: {entry.name!r}")
        if not is_shallow(entry.path):
            raise SubmissionError(f"{archive} has a file too deep in folders: {entry.name!r}")
    _check_names(entries, archive)


def _check_names(entries: Sequence[_Entry], archive: str) -> None:
    """Every name once, and no file where another entry needs a folder."""
    names = [str(entry.path).casefold() for entry in entries]
    twins = {name for name, count in Counter(names).items() if count > 1}
    if twins:
        raise SubmissionError(f"{archive} holds {min(twins)!r} twice")
    folders = {str(parent) for name in names for parent in PurePosixPath(name).parents}
    if not folders.isdisjoint(names):
        raise SubmissionError(f"{archive} holds {min(folders & set(names))!r} as file and folder")


def _check_packing(entry: zipfile.ZipInfo, archive: str, limits: ArchiveLimits) -> None:
    shown = f"{archive}: {entry.filename[:_NAME_CHARACTERS]!r}"
    if entry.header_offset < 0:
        raise ValueError("its index is damaged")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise SubmissionError(f"{shown} is compressed in an unusual way; make a plain zip file")
    if entry.flag_bits & _ENCRYPTED:
        raise SubmissionError(f"{shown} is encrypted; send it without a password")
    if entry.file_size > max(_RATIO_FROM_BYTES, limits.ratio * entry.compress_size):
        raise _swells(shown, limits)


def _write(source: IO[bytes], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as sink:
        shutil.copyfileobj(source, sink)
