"""What the files of a submission are taken for, and which of them are not looked at."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

from graders.errors import SubmissionError, UnsupportedError
from graders.names import one_line
from graders.sandbox import EntryPoint, Kind
from graders.submissions import manifest, notebook
from graders.submissions.archives import ENDINGS, is_archive
from graders.submissions.manifest import Manifest

CODE = "model.py"
_NOTEBOOK = ".ipynb"
_WEIGHTS = (".pt", ".pth", ".safetensors")
_MODELS: dict[str, Kind] = {
    ".pt2": "program",
    ".ts": "program",
    ".onnx": "onnx",
    ".keras": "keras",
    ".h5": "keras",
}
_PREDICTIONS = (".npy", ".csv")
SUFFIXES = (".py", _NOTEBOOK, *_WEIGHTS, *_MODELS, *_PREDICTIONS)
"""Every form that a single file may have."""

_STATES = (*_WEIGHTS, ".bin", ".ckpt", ".h5", ".npy", ".npz", ".pickle", ".pkl")
"""Endings of files that may hold weights, for the grader or for the code itself to load."""
_TELLING = (".py", _NOTEBOOK, *_WEIGHTS, *_MODELS)

FORMS = f"a folder, {', '.join((*ENDINGS, *SUFFIXES))}"

_PACKAGES: dict[Kind, tuple[str, ...]] = {
    "onnx": ("onnx", "onnxruntime"),
    "keras": ("keras", "h5py"),
}
_WORDS: dict[Kind, str] = {
    "weights": "weights for the assignment's network",
    "program": "a whole PyTorch model",
    "onnx": "a whole ONNX model",
    "keras": "a whole Keras model",
    "predictions": "predictions: without a network they earn only what asks for none",
}
_MOST_NAMES = 6
_INDEX_BYTES = 4 * 2**20
_PROGRAM_ENTRIES = (b"/constants.pkl", b"/archive_format")


@dataclass(frozen=True)
class Found:
    """What a submission is taken for: its entry point, what was read, what was not used.

    `unused` files lie beside code, which may open them, or are of no use to the grader. `bare` is
    code of a model that no weights came with.
    """

    entry: EntryPoint
    read: tuple[str, ...]
    unused: tuple[str, ...] = ()
    bare: bool = False

    def __str__(self) -> str:
        sentences = [f"Read: {_listed(self.read)}."]
        if self.bare:
            sentences.append("No weights came with it: the model answers as its code builds it.")
        if self.unused:
            word = "Left to the code" if self.entry.kind == "code" else "Ignored"
            sentences.append(f"{word}: {_listed(self.unused)}.")
        return " ".join(sentences)


def find(folder: Path, said: Manifest, code: str = CODE) -> Found:
    """Decide what the files in `folder` are; a notebook's code is written beside it as `model.py`.

    A file called `code` is looked at before all others.

    Raises SubmissionError where nothing, or more than one thing, could be meant, UnsupportedError
    where this machine lacks the package that reads it.
    """
    files = sorted(str(_relative(path, folder)) for path in folder.rglob("*") if path.is_file())
    kind, name = _main_file(folder, said, code)
    _insist_on_packages(kind, name)
    if kind != "code":
        entry = EntryPoint(module=name, kind=kind)
        return Found(entry, (f"{one_line(name)} ({_WORDS[kind]})",), _unused(files, {name}))
    weights = _weights(folder, said)
    read = [one_line(name)]
    module = name
    if _suffix(name) == _NOTEBOOK:
        module, cells = _module_of(folder, name)
        read = [f"{one_line(name)} ({cells})"]
    if weights:
        read.append(f"{one_line(weights)} (weights)")
    entry = EntryPoint(module=module, builder=said.builder, weights=weights)
    beside = {each for each in files if _suffix(each) == ".py"}
    unused = _unused(files, {name, weights or "", *beside})
    brought = weights is not None or any(_suffix(each) in _STATES for each in files)
    return Found(entry, tuple(read), unused, bare=code == CODE and not brought)


def whole_ones(folder: Path) -> tuple[str, ...]:
    """What in `folder` could be submissions of their own: two or more, and no code beside them.

    Archives, notebooks, whole models, and folders that have code, a model or weights in them.
    """
    inside = _inside_of(folder)
    if any(path.name == manifest.FILE_NAME or _suffix(path.name) == ".py" for path in inside):
        return ()
    found = tuple(one_line(path.name) for path in inside if _is_whole(path))
    return found if len(found) > 1 else ()


def _is_whole(path: Path) -> bool:
    if path.is_dir():
        return any(_suffix(one.name) in _TELLING for one in _inside_of(path))
    return is_archive(path) or _suffix(path.name) in (_NOTEBOOK, *_MODELS)


def _inside_of(folder: Path) -> list[Path]:
    """What lies in a folder, in order; nothing in one that is none, or not to be read."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith((".", "_")))
    except OSError:
        return []


def _main_file(folder: Path, said: Manifest, code: str) -> tuple[Kind, str]:
    """Return the file that is judged and what it is: what the manifest names, else a guess."""
    if said.module is not None:
        return "code", _inside(folder, said.module, "module", (".py", _NOTEBOOK))
    if said.model is not None:
        name = _inside(folder, said.model, "model", (*_MODELS, *_WEIGHTS))
        return _kind(folder / name), name
    if said.predictions is not None:
        return "predictions", _inside(folder, said.predictions, "predictions", _PREDICTIONS)
    return _guess(folder, said, code)


def _guess(folder: Path, said: Manifest, code: str) -> tuple[Kind, str]:
    """Look for the most telling thing first: code called as asked, then whole models, then less."""
    if (folder / code).is_file():
        return "code", code
    for suffixes, field, what in (
        (tuple(_MODELS), "model", "the model"),
        ((".py",), "module", "the model"),
        ((_NOTEBOOK,), "module", "the model"),
        (_WEIGHTS, "weights", "the weights"),
        (_PREDICTIONS, "predictions", "the predictions"),
    ):
        if field == "weights" and said.weights is not None:
            name = _inside(folder, said.weights, field, _WEIGHTS)
            return _kind(folder / name), name
        if found := _only(folder, suffixes, field, what):
            return _kind(folder / found), found
    inside = [one_line(path.name) for path in sorted(folder.iterdir())]
    if not inside:
        raise SubmissionError("there is nothing in it: send it again, with the files")
    raise SubmissionError(
        f"there is no {code}, and no other form of a model among: {_listed(inside)}"
    )


def _kind(path: Path) -> Kind:
    suffix = _suffix(path.name)
    if suffix in (".py", _NOTEBOOK):
        return "code"
    if suffix in _PREDICTIONS:
        return "predictions"
    if suffix in _WEIGHTS:
        return "program" if _is_program(path) else "weights"
    return _MODELS[suffix]


def _is_program(path: Path) -> bool:
    """Whether a file called like weights holds a whole program, told by its zip's last bytes.

    They name what is in it: TorchScript keeps its constants apart and torch.export says its format;
    a state dict has neither. Nothing is taken for true: what is loaded is up to the sandbox.
    """
    with path.open("rb") as file:
        if file.read(2) != b"PK":
            return False
        file.seek(max(0, path.stat().st_size - _INDEX_BYTES))
        index = file.read(_INDEX_BYTES)
    return any(name in index for name in _PROGRAM_ENTRIES)


def _insist_on_packages(kind: Kind, name: str) -> None:
    missing = [one for one in _PACKAGES.get(kind, ()) if find_spec(one) is None]
    if missing:
        raise UnsupportedError(
            f"{one_line(name)} is {_WORDS[kind]}, and this grader's machine lacks "
            f"{' and '.join(missing)}: pip install 'gradebench[formats]' there, and grade again"
        )


def _module_of(folder: Path, name: str) -> tuple[str, notebook.Cells]:
    """Write a notebook's code as a module, and return the module's name and what became of it."""
    module = (folder / name).with_name(CODE)
    if module.exists():
        raise SubmissionError(
            f"{one_line(name)} would become {CODE}, and there is one already: send only one"
        )
    cells = notebook.write_module(folder / name, module)
    return str(_relative(module, folder)), cells


def _weights(folder: Path, said: Manifest) -> str | None:
    """Return the weights that lie beside code."""
    if said.weights is not None:
        return _inside(folder, said.weights, "weights", _WEIGHTS)
    return _only(folder, _WEIGHTS, "weights", "the weights")


def _only(folder: Path, suffixes: tuple[str, ...], field: str, what: str) -> str | None:
    """Return the one file with one of `suffixes`, or None; several end in a question."""
    found = sorted(path.name for path in folder.iterdir() if _suffix(path.name) in suffixes)
    if len(found) > 1:
        raise SubmissionError(
            f"several files could be {what} ({_listed([one_line(one) for one in found])}): "
            f'name one in {manifest.FILE_NAME}, {field} = "{one_line(found[0])}"'
        )
    return found[0] if found else None


def _inside(folder: Path, wanted: str, field: str, suffixes: tuple[str, ...]) -> str:
    """Insist that a path from the manifest is a file of this submission, of the right form."""
    path = PurePosixPath(wanted)
    shown = f"{manifest.FILE_NAME}: {field}"
    if path.is_absolute() or ".." in path.parts or not (folder / path).is_file():
        raise SubmissionError(f"{shown}: there is no file {one_line(wanted)!r}")
    if _suffix(path.name) not in suffixes:
        raise SubmissionError(
            f"{shown}: {one_line(wanted)!r} is none of {', '.join(sorted(suffixes))}"
        )
    return str(path)


def _unused(files: Iterable[str], used: set[str]) -> tuple[str, ...]:
    return tuple(one_line(name) for name in files if name not in {*used, manifest.FILE_NAME})


def _listed(names: tuple[str, ...] | list[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMES])
    return f"{shown} and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else shown


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _relative(path: Path, folder: Path) -> PurePosixPath:
    return PurePosixPath(path.relative_to(folder))
