"""What a child keeps on disk where it has no file system of its own: counted, and removed."""

import contextlib
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path

import psutil

_BLOCK_BYTES = 4096
"""What a file or folder counts at least: without contents it takes room, too."""
_OURS_ALONE = 0o700
_REMOVED = " (deleted)"


def bytes_below(folder: Path, enough: int) -> int:
    """How much lies below `folder`, counted until it is more than `enough`.

    What cannot be looked at (too deep for a name, or closed to its owner) is too much.
    """
    total, folders = 0, [str(folder)]
    while folders and total <= enough:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    total += max(_BLOCK_BYTES, entry.stat(follow_symlinks=False).st_size)
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
        except FileNotFoundError:
            continue  # removed meanwhile
        except OSError:
            return enough + 1
    return total


def removed_bytes(members: Iterable[psutil.Process]) -> int:
    """How much files hold that are in no folder any more, but open or mapped."""
    found: dict[tuple[int, int], int] = {}
    for process in members:
        with contextlib.suppress(OSError):
            found.update(_removed_but_open(process.pid))
            found.update(_removed_but_mapped(process.pid))
    return sum(found.values())


def remove(folder: Path) -> None:
    """Remove `folder` however deep it is; names deep inside may be too long for any call."""
    with contextlib.suppress(OSError):
        _remove(folder)


def _removed_but_open(pid: int) -> Iterator[tuple[tuple[int, int], int]]:
    for one in Path(f"/proc/{pid}/task").glob("*/fd/*"):
        with contextlib.suppress(OSError):
            seen = one.stat()
            if stat.S_ISREG(seen.st_mode) and seen.st_nlink == 0:
                yield (seen.st_dev, seen.st_ino), max(seen.st_blocks * 512, _BLOCK_BYTES)


def _removed_but_mapped(pid: int) -> Iterator[tuple[tuple[int, int], int]]:
    """See proc(5), maps: addresses, rights, offset, device, inode, path."""
    for line in Path(f"/proc/{pid}/maps").read_bytes().decode(errors="replace").splitlines():
        if line.endswith(_REMOVED):
            addresses, _, offset, device, inode, _ = line.split(maxsplit=5)
            first, last = (int(address, 16) for address in addresses.split("-"))
            major, minor = (int(part, 16) for part in device.split(":"))
            yield (os.makedev(major, minor), int(inode)), int(offset, 16) + last - first


def _remove(folder: Path) -> None:
    """Move what is in a folder's folders up into it, until there are none."""
    names = (folder / f"{secrets.token_hex(8)}-{number}" for number in count())
    pending = list(folder.iterdir())
    while pending:
        path = pending.pop()
        if not _opened(path):
            path.unlink()
            continue
        for inner in list(path.iterdir()):
            _opened(inner)
            pending.append(inner.rename(next(names)))
        path.rmdir()
    folder.rmdir()


def _opened(path: Path) -> bool:
    """Whether `path` is a folder; if so, its owner may now look into it."""
    if not stat.S_ISDIR(path.lstat().st_mode):
        return False
    path.chmod(_OURS_ALONE)
    return True
