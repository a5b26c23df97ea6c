import sys
from pathlib import Path

import pytest
import sklearn

from graders.sandbox.mounts import plan
from reference_models.data import load_dataset


def kinds(secret: list[Path]) -> dict[Path, str]:
    return {mount.path: mount.kind for mount in plan(secret)}


def test_only_python_and_the_system_libraries_are_shown() -> None:
    shown = [path for path, kind in kinds([]).items() if kind == "show"]
    allowed = {
        Path("/usr"),
        Path("/etc"),
        Path("/bin"),
        Path("/lib"),
        Path("/lib32"),
        Path("/lib64"),
    }
    prefixes = {Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parents[1]}
    assert all(any(path.is_relative_to(one) for one in allowed | prefixes) for path in shown), shown
    assert Path.home() not in shown
    assert not any(Path(__file__).is_relative_to(path) for path in shown)


def test_bundled_labels_are_hidden() -> None:
    assert kinds([])[Path(sklearn.__file__).parent / "datasets" / "data"] == "hide folder"


def test_labels_in_the_cache_are_hidden(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GRADEBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    load_dataset("mnist")
    assert kinds([])[tmp_path / "cache"] == "hide folder"


def test_a_secret_below_a_shown_folder_is_hidden() -> None:
    folder = Path(sys.prefix).resolve() / "lib"
    file = next(path for path in Path(sys.prefix).resolve().rglob("*.py") if path.is_file())
    found = kinds([folder, file, Path("/etc/hostname")])
    assert found[folder] == "hide folder"
    assert found[file] == "hide file"
    assert Path("/etc/hostname") not in found


def test_outer_mounts_come_before_inner_ones() -> None:
    paths = [mount.path for mount in plan([Path(sys.prefix) / "lib"])]
    for number, path in enumerate(paths):
        assert not any(path != later and path.is_relative_to(later) for later in paths[number:])


def test_python_inside_a_secret_folder_is_still_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", "/usr/lib/python3")
    found = [(str(mount.path), mount.kind) for mount in plan([Path("/usr/lib")])]
    order = [one for one in found if one[0] in {"/usr", "/usr/lib", "/usr/lib/python3"}]
    assert order == [("/usr", "show"), ("/usr/lib", "hide folder"), ("/usr/lib/python3", "show")]


def test_labels_are_hidden_under_every_name_of_their_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real, alias = tmp_path / "real", tmp_path / "alias"
    (real / "sklearn" / "datasets" / "data").mkdir(parents=True)
    alias.symlink_to(real)
    monkeypatch.setattr(sys, "prefix", str(alias))
    monkeypatch.setattr(sys, "path", [*sys.path, str(alias)])
    assert kinds([])[alias / "sklearn" / "datasets" / "data"] == "hide folder"
