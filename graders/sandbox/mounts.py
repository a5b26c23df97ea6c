"""What a sandboxed Python may see of this machine's files, and what is hidden even there."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from reference_models.data import cache_root

_SYSTEM = ("/usr", "/bin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/alternatives")
_PROJECT = ("graders", "benchmarks", "reference_models")
"""A non-editable install puts these beside torch; rubrics lie in the first."""

_LABELLED = ("sklearn/datasets/data", "sklearn/datasets/images")
"""Folders of site-packages that hold test labels: the embedded data is among them."""


@dataclass(frozen=True)
class Mount:
    """One entry of the sandbox's file system, at the same path as outside."""

    path: Path
    kind: Literal["show", "link", "hide folder", "hide file"]

    def arguments(self) -> list[str]:
        """Return the entry as bubblewrap's options; everything shown is read-only."""
        path = str(self.path)
        match self.kind:
            case "show":
                return ["--ro-bind", path, path]
            case "link":
                return ["--symlink", str(self.path.readlink()), path]
            case "hide folder":
                return ["--tmpfs", path]
            case "hide file":
                return ["--ro-bind", "/dev/null", path]

    def closing(self) -> list[str]:
        """Return the options that end the entry, after all others: what hides is read-only too."""
        return ["--remount-ro", str(self.path)] if self.kind == "hide folder" else []


def plan(secret: Iterable[Path] = ()) -> list[Mount]:
    """Return the mounts that Python and torch need, with `secret` paths hidden wherever they lie.

    So are rubrics and labels, the cache's among them. Only what is there can be hidden: load data
    before. Outer paths come before the paths inside them, so that a hidden folder inside a shown
    one is hidden, and a shown one inside a hidden one is shown. Raises DataError if the cache's
    variable names nobody's home.
    """
    shown = {path: _shown(path) for path in _python_paths()}
    hidden = {
        path: Mount(path, "hide folder" if path.is_dir() else "hide file")
        for one in (*_project_paths(), *_labelled_paths(), *secret)
        for path in (one.absolute(), one.resolve())
        if path.exists() and path not in shown and _inside(path, shown)
    }
    return [mount for _, mount in sorted((shown | hidden).items())]


def _shown(path: Path) -> Mount:
    return Mount(path, "link" if path.is_symlink() and path.parent == Path("/") else "show")


def _inside(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def _python_paths() -> list[Path]:
    """Every path without which this interpreter and its packages would not start."""
    prefixes = {Path(sys.prefix), Path(sys.base_prefix), Path(sys.exec_prefix)}
    interpreter = Path(sys.executable).resolve().parent.parent
    wanted = [Path(path) for path in _SYSTEM] + sorted({*prefixes, interpreter})
    return [path for path in wanted if path.exists()]


def _package_folders() -> list[Path]:
    """List the folders that packages of this interpreter are installed in."""
    return [Path(entry) for entry in sys.path if entry and Path(entry).is_dir()]


def _project_paths() -> list[Path]:
    specs = [find_spec(name) for name in _PROJECT]
    return [Path(spec.origin).parent for spec in specs if spec and spec.origin]


def _labelled_paths() -> list[Path]:
    """List where test labels lie: in packages, and in the cache of what was decoded."""
    return [cache_root(), *(folder / inner for folder in _package_folders() for inner in _LABELLED)]
