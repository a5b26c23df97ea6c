from pathlib import Path

import pytest

from reference_models.data import load_dataset
from reference_models.data.roots import cache_root, data_root
from reference_models.errors import DataError


@pytest.mark.parametrize(
    ("root", "variable", "folder"),
    [(data_root, "GRADEBENCH_DATA", "data"), (cache_root, "GRADEBENCH_CACHE", "tensors")],
)
def test_a_variable_names_a_root_and_the_home_cache_stands_in(
    root: object, variable: str, folder: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert callable(root)
    monkeypatch.setenv(variable, str(tmp_path / "chosen"))
    assert root() == tmp_path / "chosen"
    monkeypatch.delenv(variable)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert root() == tmp_path / ".cache" / "gradebench" / folder
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert root() == tmp_path / "xdg" / "gradebench" / folder


def test_a_home_that_nobody_has_is_an_error_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GRADEBENCH_CACHE", "~nobody-of-that-name/cache")
    with pytest.raises(DataError, match="GRADEBENCH_CACHE=~nobody-of-that-name/cache: there is no"):
        cache_root()


def test_a_user_without_a_home_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", home)
    for name in ("GRADEBENCH_CACHE", "GRADEBENCH_DATA", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert not cache_root().exists()
    with pytest.raises(DataError, match="name its folder with --data-root"):
        load_dataset("mnist", "real")
