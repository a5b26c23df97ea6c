"""Open what a student sent, whatever its form, without running any of it."""

import hashlib
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict, ValidationError

from graders.archives import ArchiveLimits, is_clutter, unpack
from graders.errors import SubmissionError, UnsupportedError
from graders.names import file_name, one_line
from graders.sandbox import EntryPoint
from reference_models.data import InputScale

_MANIFEST = "submission.toml"
_MANIFEST_BYTES = 64 * 1024
_WEIGHTS = (".pt", ".pth", ".safetensors")
_CODE = "model.py"


class Manifest(BaseModel):
    """The optional `submission.toml`: who sent it, and what the grader should not have to guess."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    student: str | None = None
    module: str | None = None
    builder: str | None = None
    weights: str | None = None
    input_scale: InputScale | None = None


@dataclass(frozen=True)
class Submission:
    """An opened submission: a private copy of its files, and what its author said about it.

    `digest` identifies the contents (SHA-256 over names and bytes), whatever they were packed in.
    """

    source: Path
    folder: Path
    student: str
    entry: EntryPoint
    input_scale: InputScale | None
    digest: str


@contextmanager
def open_submission(
    source: Path, limits: ArchiveLimits | None = None, within: Path | None = None
) -> Iterator[Submission]:
    """Copy `source` (a folder, a `.py` or a `.zip`) to a private folder for the `with` block.

    The folder is made `within` another, by default the machine's temporary one.
    Raises SubmissionError when it is none of these, is unsafe or too large, or holds no code.
    """
    with tempfile.TemporaryDirectory(prefix="gradebench-", dir=within) as private:
        folder = Path(private) / "submission"
        folder.mkdir()
        _collect(source, folder, limits or ArchiveLimits())
        yield _describe(source, _unwrapped(folder))


def _collect(source: Path, folder: Path, limits: ArchiveLimits) -> None:
    if not source.exists():
        raise SubmissionError(f"there is no submission at {source}")
    if source.is_dir():
        _copy_folder(source, folder, limits)
    elif source.suffix.lower() == ".zip":
        unpack(source, folder, limits)
    elif source.suffix.lower() == ".py":
        _copy_file(source, folder / f"{file_name(source.stem)}.py", limits.total_bytes)
    else:
        raise UnsupportedError(f"{source.name} is neither a folder nor a .py nor a .zip file")


def _copy_folder(source: Path, folder: Path, limits: ArchiveLimits) -> None:
    found = sorted(path for path in source.rglob("*") if not is_clutter(_relative(path, source)))
    links = [path for path in found if path.is_symlink()]
    if links:
        raise SubmissionError(f"{_relative(links[0], source)} is a link; send the file itself")
    files = [path for path in found if path.is_file()]
    if not files:
        raise SubmissionError(f"{source} is an empty folder")
    if len(files) > limits.files:
        raise SubmissionError(f"{source} has {len(files)} files; {limits.files} are allowed")
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


def _describe(source: Path, folder: Path) -> Submission:
    manifest = _read_manifest(folder)
    return Submission(
        source=source,
        folder=folder,
        student=one_line(manifest.student or source.stem),
        entry=EntryPoint(
            module=_find_code(folder, manifest.module),
            builder=manifest.builder,
            weights=_find_weights(folder, manifest.weights),
        ),
        input_scale=manifest.input_scale,
        digest=_digest(folder),
    )


def _read_manifest(folder: Path) -> Manifest:
    path = folder / _MANIFEST
    if not path.is_file():
        return Manifest()
    try:
        with path.open("rb") as file:
            return Manifest.model_validate(tomllib.loads(file.read(_MANIFEST_BYTES).decode()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SubmissionError(f"{_MANIFEST} cannot be read: {one_line(str(error))}") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise SubmissionError(f"{_MANIFEST}: {one_line(field)}: {first['msg']}") from error


def _find_code(folder: Path, wanted: str | None) -> str:
    if wanted is not None:
        return _inside(folder, wanted, "module")
    if (folder / _CODE).is_file():
        return _CODE
    found = sorted(path.name for path in folder.glob("*.py"))
    if len(found) == 1:
        return found[0]
    if not found:
        raise SubmissionError(f"there is no {_CODE}")
    raise SubmissionError(
        f"there is no {_CODE}, and several files could be the model: {', '.join(found)}"
    )


def _find_weights(folder: Path, wanted: str | None) -> str | None:
    if wanted is not None:
        return _inside(folder, wanted, "weights")
    found = sorted(path.name for path in folder.iterdir() if path.suffix.lower() in _WEIGHTS)
    if len(found) > 1:
        raise SubmissionError(
            f"several files could be the weights ({', '.join(found)}): "
            f'name one in {_MANIFEST}, weights = "{found[0]}"'
        )
    return found[0] if found else None


def _inside(folder: Path, wanted: str, field: str) -> str:
    """Insist that a path from the manifest is a file of this submission."""
    path = PurePosixPath(wanted)
    if path.is_absolute() or ".." in path.parts or not (folder / path).is_file():
        raise SubmissionError(f"{_MANIFEST}: {field}: there is no file {one_line(wanted)!r}")
    return str(path)


def _digest(folder: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        total.update(f"{_relative(path, folder)!s}\0{content}\n".encode(errors="surrogateescape"))
    return total.hexdigest()
