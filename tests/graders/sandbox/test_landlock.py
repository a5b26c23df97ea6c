"""What a child without a world of its own may read."""

from pathlib import Path

from graders.sandbox.inside.confinement import READ, READ_DIRECTORY
from graders.sandbox.landlock import rules
from graders.sandbox.mounts import Mount


def _tree(root: Path) -> None:
    for name in ("lib/torch/core.py", "lib/sklearn/data/digits.csv", "lib/sklearn/tree.py"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")


def test_a_tree_with_nothing_hidden_is_allowed_at_once(tmp_path: Path) -> None:
    _tree(tmp_path)
    assert rules([Mount(tmp_path, "show")]) == [(str(tmp_path), READ)]


def test_around_what_is_hidden_every_entry_is_allowed_by_itself(tmp_path: Path) -> None:
    _tree(tmp_path)
    hidden = Mount(tmp_path / "lib" / "sklearn" / "data", "hide folder")
    found = dict(rules([Mount(tmp_path, "show"), hidden]))
    lib = tmp_path / "lib"
    assert found[str(lib / "torch")] == READ
    assert found[str(lib / "sklearn" / "tree.py")] == READ & ~READ_DIRECTORY
    for listed in (tmp_path, lib, lib / "sklearn"):
        assert found[str(listed)] == READ_DIRECTORY
    assert not any(path.startswith(str(hidden.path)) for path in found)


def test_a_hidden_file_is_left_out(tmp_path: Path) -> None:
    _tree(tmp_path)
    secret = tmp_path / "lib" / "sklearn" / "tree.py"
    found = dict(rules([Mount(tmp_path, "show"), Mount(secret, "hide file")]))
    assert str(secret) not in found
    assert found[str(tmp_path / "lib" / "sklearn" / "data")] == READ


def test_a_link_out_of_the_tree_allows_nothing_there(tmp_path: Path) -> None:
    _tree(tmp_path / "shown")
    (tmp_path / "outside").mkdir()
    (tmp_path / "shown" / "way-out").symlink_to(tmp_path / "outside")
    secret = Mount(tmp_path / "shown" / "lib", "hide folder")
    found = dict(rules([Mount(tmp_path / "shown", "show"), secret]))
    assert found == {str(tmp_path / "shown"): READ_DIRECTORY}
