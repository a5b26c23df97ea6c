"""Open what a student sent, whatever its form, without running any of it."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from graders.errors import SubmissionError, UnsupportedError
from graders.names import file_name, one_line, plain_stem
from graders.sandbox import EntryPoint
from graders.submissions import found
from graders.submissions.archives import ArchiveLimits, is_archive, is_clutter, is_shallow, unpack
from graders.submissions.found import Found
from graders.submissions.manifest import read_manifest
from reference_models.data import InputScale


@dataclass(frozen=True)
class Submission:
    """An opened submission: a private copy of its files, and what its author said about it.

    `digest` identifies the contents (SHA-256 over names and bytes), whatever they were packed in;
    `found` is what they are taken for.
    """

    source: Path
    folder: Path
    student: str
    found: Found
    input_scale: InputScale | None
    digest: str

    @property
    def entry(self) -> EntryPoint:
        """What the sandbox loads."""
        return self.found.entry


@contextmanager
def open_submission(
    source: Path,
    limits: ArchiveLimits | None = None,
    within: Path | None = None,
    code: str = found.CODE,
) -> Iterator[Submission]:
    """Copy `source` (a folder, an archive or one file) to a private folder for the `with` block.

    The folder is made `within` another, by default the machine's temporary one. `code` is what the
    file to look at first is called.
    Raises SubmissionError when it is unsafe, too large, or holds nothing that can be judged, and
    UnsupportedError when it is of no form that this machine can read.
    """
    with tempfile.TemporaryDirectory(prefix="gradebench-", dir=within) as private:
        folder = Path(private) / "submission"
        folder.mkdir()
        _collect(source, folder, limits or ArchiveLimits())
        yield _describe(source, _unwrapped(folder), code)


def _collect(source: Path, folder: Path, limits: ArchiveLimits) -> None:
    if not source.exists():
        raise SubmissionError(f"there is no submission at {source}")
    if source.is_symlink():  # a student's own may lead to a neighbour's work, or anywhere
        raise UnsupportedError(f"{source.name} is a link, which is not followed: name its target")
    suffix = source.suffix.lower()
    if source.is_dir():
        _copy_folder(source, folder, limits)
    elif is_archive(source):
        unpack(source, folder, limits)
    elif suffix in found.SUFFIXES:
        _copy_file(source, folder / f"{file_name(source.stem)}{suffix}", limits.total_bytes)
    else:
        raise UnsupportedError(
            f"{source.name} is of no form that can be graded; accepted are {found.FORMS}"
        )


def _copy_folder(source: Path, folder: Path, limits: ArchiveLimits) -> None:
    inside = sorted(path for path in source.rglob("*") if not is_clutter(_relative(path, source)))
    links = [path for path in inside if path.is_symlink()]
    if links:
        raise SubmissionError(f"{_relative(links[0], source)} is a link; send the file itself")
    files = [path for path in inside if path.is_file()]
    if not files:
        raise SubmissionError(f"{source.name} is an empty folder")
    if len(files) > limits.files:
        raise SubmissionError(f"{source.name} has {len(files)} files; {limits.files} are allowed")
    deep = [path for path in files if not is_shallow(_relative(path, source))]
    if deep:
        raise SubmissionError(f"{source.name} has a file too deep in folders: {deep[0].name!r}")
    left = limits.total_bytes
    for path in files:
        left -= _copy_file(path, folder / _relative(path, source), left)


def _copy_file(source: Path, target: Path, most_bytes: int) -> int:
    size = source.stat().st_size
    if size > most_bytes:
        raise SubmissionError(f"{source.name} makes the submission larger than is allowed")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    return size


def _relative(path: Path, folder: Path) -> PurePosixPath:
    return PurePosixPath(path.relative_to(folder))


def _unwrapped(folder: Path) -> Path:
    """Step into the one folder that everything lies in, as most zip programs make it."""
    inside = list(folder.iterdir())
    if len(inside) == 1 and inside[0].is_dir():
        return _unwrapped(inside[0])
    return folder


def _describe(source: Path, folder: Path, code: str) -> Submission:
    digest = _digest(folder)  # of what was sent: a notebook's module is written afterwards
    manifest = read_manifest(folder)
    return Submission(
        source=source,
        folder=folder,
        student=one_line(manifest.student or plain_stem(source)),
        found=found.find(folder, manifest, code),
        input_scale=manifest.input_scale,
        digest=digest,
    )


def _digest(folder: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        total.update(f"{_relative(path, folder)!s}\0{content}\n".encode(errors="surrogateescape"))
    return total.hexdigest()
