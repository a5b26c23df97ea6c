"""Counting and removing what a child left on disk, however it hides it."""

import mmap
import os
import tempfile
from pathlib import Path

import psutil

from graders.sandbox.disk import bytes_below, remove, removed_bytes

LIMIT = 2**20


def deepen(folder: Path, levels: int) -> None:
    """Make folders in folders, further than a path can name."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("d" * 40, dir_fd=here)
        inner = os.open("d" * 40, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(os.open("hidden", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)


def test_files_and_folders_without_contents_count(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "empty").touch()
    (tmp_path / "way-out").symlink_to("/usr")
    assert bytes_below(tmp_path, LIMIT) == 3 * 4096


def test_counting_ends_when_it_is_enough(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(2 * LIMIT))
    assert bytes_below(tmp_path, LIMIT) == 2 * LIMIT


def test_what_lies_too_deep_is_too_much_and_goes_all_the_same() -> None:
    folder = Path(tempfile.mkdtemp())
    deepen(folder, 1500)
    assert bytes_below(folder, LIMIT * 100) > LIMIT * 100
    remove(folder)
    assert not folder.exists()


def test_removing_follows_no_link(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir(mode=0o755)
    (kept / "file").touch()
    gone = tmp_path / "gone"
    (gone / "closed").mkdir(parents=True)
    (gone / "closed" / "link").symlink_to(kept)
    (gone / "closed").chmod(0)
    remove(gone)
    assert not gone.exists()
    assert (kept / "file").exists()
    assert kept.stat().st_mode & 0o777 == 0o755


def test_removed_files_count_while_they_are_open_or_mapped(tmp_path: Path) -> None:
    myself = [psutil.Process()]
    before = removed_bytes(myself)
    with (tmp_path / "file").open("w+b") as file:
        file.write(bytes(LIMIT))
        file.flush()
        assert removed_bytes(myself) == before
        (tmp_path / "file").unlink()
        assert removed_bytes(myself) >= before + LIMIT
        kept = mmap.mmap(file.fileno(), LIMIT)
    assert removed_bytes(myself) >= before + LIMIT
    kept.close()
    assert removed_bytes(myself) == before
