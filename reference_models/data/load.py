"""From a data set's name and source to tensors: the one look-up that the other floors call."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from reference_models.data import folders, vision
from reference_models.data.cache import cached_splits
from reference_models.data.datasets import Dataset, Source, Split
from reference_models.data.derived import grey
from reference_models.data.embedded import digits
from reference_models.data.pentagons import pentagons
from reference_models.data.roots import data_root
from reference_models.data.shapes import shapes
from reference_models.errors import DataError


@dataclass(frozen=True)
class _Known:
    """What is fixed about a data set: its title, image shape (C, H, W) and class names by label."""

    title: str
    shape: tuple[int, int, int]
    classes: tuple[str, ...]
    embedded: Callable[[str], Dataset]


_DIGITS = tuple("0123456789")
_CLOTHES = (
    *("T-shirt", "trouser", "pullover", "dress", "coat"),
    *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
)
_OBJECTS = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)

_KNOWN = {
    "mnist": _Known("MNIST", (1, 28, 28), _DIGITS, partial(digits, side=28)),
    "fashion-mnist": _Known("FashionMNIST", (1, 28, 28), _CLOTHES, partial(digits, side=28)),
    "cifar10": _Known("CIFAR-10", (3, 32, 32), _OBJECTS, shapes),
}
_GREY = "cifar10-grey"
_PENTAGONS = "pentagons"
_NAMES = (*_KNOWN, _GREY, _PENTAGONS)


def load_dataset(
    name: str, source: Source = "embedded", root: Path | None = None, *, download: bool = False
) -> Dataset:
    """Return data set `name` on the CPU, from memory-mapped tensors after the first time.

    `real` data is looked for below `root` (default: `data_root()`) in torchvision's layout, then as
    `<name>/{train,test}/<class>/<image>`; with `download`, torchvision fetches what is missing.
    Raises DataError when nothing is there, naming the folder and the command that mends it.
    """
    if name not in _NAMES:
        raise DataError(f"no data set is called '{name}'; there are: {', '.join(_NAMES)}")
    if name == _PENTAGONS:
        return pentagons(name, source)
    if name == _GREY:
        return grey(name, load_dataset("cifar10", source, root, download=download))
    known = _KNOWN[name]
    if source == "real":
        return _load_real(name, known, root or data_root(), download=download)
    return known.embedded(name)


def real_datasets(root: Path) -> dict[str, bool]:
    """Every data set that has a real source of its own, and whether it is in `root`."""
    return {name: bool(_locate(name, known, root)[0]) for name, known in _KNOWN.items()}


def _load_real(name: str, known: _Known, root: Path, *, download: bool) -> Dataset:
    files, classes, decode = _locate(name, known, root)
    if not files and download:
        vision.download(name, root)
        files, classes, decode = _locate(name, known, root)
    if not files:
        raise DataError(
            f"{known.title} is not in {root} (looked for torchvision's layout and for "
            f"{name}/{{train,test}}/<class>/<image>); name its folder with --data-root, "
            "or fetch it with --download"
        )
    key, train, test = cached_splits(name, files, decode)
    return Dataset(name, "real", known.title, classes, key, train, test)


def _locate(
    name: str, known: _Known, root: Path
) -> tuple[list[Path], tuple[str, ...], Callable[[], tuple[Split, Split]]]:
    files = vision.source_files(name, root)
    if files:
        return files, known.classes, partial(vision.decode, name, root)
    folder = root / name
    files = folders.image_files(folder)
    classes = (
        folders.class_names(folder) if files and (folder / "train").is_dir() else known.classes
    )
    return files, classes, partial(folders.decode, folder, known.shape)
