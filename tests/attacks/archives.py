"""Archives that would be unpacked to somewhere else, into something else, or without end."""

import gzip
import io
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from .attack import Attack, Make, failing
from .escaping import unharmed
from .files import one_file, zipped
from .honest import trained

if TYPE_CHECKING:
    from .world import World

_BEFORE = "everything an archive claims is looked at before a byte is written"
_MODEL = {"model.py": b"def build_model(): pass\n"}


def _zip(*names: str, content: bytes = b"x") -> Callable[["World"], bytes]:
    """A zip with a model and entries of these names, which may hold what the world is told."""
    return lambda world: zipped(
        _MODEL | {name.format_map(world.told): content for name in names},
    )


def _zip_link(world: "World") -> bytes:
    """A link to the folder of secrets, and a file that would be written through it."""
    buffer = io.BytesIO(zipped(_MODEL))
    with zipfile.ZipFile(buffer, "a") as archive:
        entry = zipfile.ZipInfo("inner")
        entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, str(world.told["folder"]))
        archive.writestr("inner/secret.txt", b"mine now")
    return buffer.getvalue()


Entries = Callable[["World"], Iterator[tarfile.TarInfo | tuple[tarfile.TarInfo, bytes]]]


def _tar(entries: Entries) -> Callable[["World"], bytes]:
    """A tar of a model and `entries`, which are headers alone, or with what follows them."""

    def content(world: "World") -> bytes:
        parts = [_plain("model.py", b"x"), *entries(world)]
        pairs = [one if isinstance(one, tuple) else (one, b"") for one in parts]
        padded = (
            head.tobuf(tarfile.GNU_FORMAT) + data + bytes(-len(data) % 512) for head, data in pairs
        )
        return gzip.compress(b"".join(padded) + bytes(1024))

    return content


def _plain(name: str, data: bytes) -> tuple[tarfile.TarInfo, bytes]:
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    return entry, data


def _special(name: str, kind: bytes, target: object = "", size: int = 0) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname, entry.size = kind, str(target), size
    entry.devmajor, entry.devminor = 1, 3
    return entry


def _absolute(world: "World") -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    yield _plain(f"/tmp/{world.mark}", b"x")


def _tar_link(world: "World") -> Iterator[tarfile.TarInfo | tuple[tarfile.TarInfo, bytes]]:
    yield _special("inner", tarfile.SYMTYPE, world.told["folder"])
    yield _plain("inner/secret.txt", b"mine now")


def _hard_link(world: "World") -> Iterator[tarfile.TarInfo]:
    yield _special("notes.txt", tarfile.LNKTYPE, world.told["secret"])


def _device(_: "World") -> Iterator[tarfile.TarInfo]:
    yield _special("null", tarfile.CHRTYPE)


def _pipe(_: "World") -> Iterator[tarfile.TarInfo]:
    yield _special("weights.pt", tarfile.FIFOTYPE)


def _backwards(_: "World") -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    """A size that would lead the reader back to where it was."""
    words = b"18 size=-10000000\n"
    yield _special("x", tarfile.XHDTYPE, size=len(words)), words
    yield _plain("notes.txt", b"")


def _talkative(_: "World") -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    """Words about all entries, of which each keeps a copy."""
    words = b"".join(b"14 k%07d=v\n" % number for number in range(1_000))
    yield _special("x", tarfile.XGLTYPE, size=len(words)), words
    for number in range(9):
        yield _plain(f"{number}.txt", b"")


def _index(names: list[bytes], size: int, local: bytes) -> bytes:
    """A zip of `local` alone, with an index in which every name has these same bytes."""
    form = struct.Struct("<4s6H3L5H2L")
    entries = b"".join(
        form.pack(b"PK\1\2", 20, 20, 0, 0, 0, 33, 0, size, size, len(name), *[0] * 6) + name
        for name in names
    )
    count = min(len(names), 2**16 - 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(entries), len(local), 0)
    return local + entries + end


def _many(_: "World") -> bytes:
    return _index([b"n"] * 10**5, 0, b"")


def _shared(_: "World") -> bytes:
    """Five hundred files in one megabyte."""
    return _index([b"%d" % number for number in range(500)], 2**20, bytes(2**20 + 99))


def _lies(_: "World") -> bytes:
    """A file of three megabytes that says it has ten bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.py", bytes(3 * 2**20))
    data = bytearray(buffer.getvalue())
    for signature, offset in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        struct.pack_into("<I", data, data.index(signature) + offset, 10)
    return bytes(data)


def _swollen(_: "World") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("weights.pt", bytes(8 * 2**20))
    return buffer.getvalue()


def _packed(folder: Path) -> None:
    """Pack the work as a Mac does, deep in folders, with a comment for all."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    with tarfile.open(folder.with_suffix(".tar.gz"), "w:gz", pax_headers={"comment": "v1"}) as tar:
        for path in files:
            for name in (path.name, f"._{path.name}"):
                tar.add(path, f"Übung 1/Ada Lovelace/final (2)/{name}")


def _archive(folder: Path, world: "World") -> Path:
    return trained(_packed)(folder, world).with_suffix(".tar.gz")


def _refused(name: str, tries: str, stopped_by: str, make: Make, reason: str) -> Attack:
    return failing(name, tries, stopped_by, make, reason=reason, harmless=unharmed)


ARCHIVES = (
    _refused(
        "climbs-out-of-a-zip",
        "An entry whose name climbs to the folder of results.",
        _BEFORE,
        one_file("work.zip", _zip("../../../../../../../..{out}/{mark}")),
        "points outside",
    ),
    _refused(
        "climbs-by-backslashes",
        "The same as Windows writes paths.",
        _BEFORE,
        one_file("work.zip", _zip("..\\..\\..\\..\\tmp\\{mark}")),
        "points outside",
    ),
    _refused(
        "is-absolute-in-a-tar",
        "An entry of a tar with a path from the root.",
        _BEFORE,
        one_file("work.tar.gz", _tar(_absolute)),
        "points outside",
    ),
    _refused(
        "writes-through-a-link",
        "A zip with a link to a folder outside, and a file in that folder.",
        _BEFORE,
        one_file("work.zip", _zip_link),
        "is a link or a device",
    ),
    _refused(
        "writes-through-a-link-in-a-tar",
        "The same in a tar.",
        _BEFORE,
        one_file("work.tgz", _tar(_tar_link)),
        "is a link or a device",
    ),
    _refused(
        "links-to-a-secret",
        "A tar with a second name for a file of secrets.",
        _BEFORE,
        one_file("work.tgz", _tar(_hard_link)),
        "is a link or a device",
    ),
    _refused(
        "holds-a-device",
        "A tar with a device.",
        _BEFORE,
        one_file("work.tgz", _tar(_device)),
        "is a link or a device",
    ),
    _refused(
        "holds-a-pipe",
        "A tar with a named pipe for weights: who opens it waits for ever.",
        _BEFORE,
        one_file("work.tgz", _tar(_pipe)),
        "is a link or a device",
    ),
    _refused(
        "swells-in-a-zip",
        "Eight megabytes of zeros in eight kilobytes.",
        "a file may swell two hundredfold",
        one_file("work.zip", _swollen),
        "swells more than",
    ),
    _refused(
        "swells-in-a-tar",
        "The same in a tar, which does not say how small it was.",
        "the stream ends where it has swollen too far",
        one_file("work.tgz", _tar(lambda _: iter([_plain("weights.pt", bytes(8 * 2**20))]))),
        "swells more than",
    ),
    _refused(
        "has-too-many-entries",
        "A zip with a hundred thousand entries, which are read before anybody can count them.",
        "no longer index is read than a thousand entries need",
        one_file("work.zip", _many),
        "index for more entries",
    ),
    _refused(
        "shares-its-bytes",
        "Five hundred files of a zip in the same megabyte.",
        "what all claim is added up before a byte is written",
        one_file("work.zip", _shared),
        "unpacks to more",
    ),
    _refused(
        "has-a-name-twice",
        "Two files that are one where case does not matter.",
        _BEFORE,
        one_file("work.zip", _zip("MODEL.py")),
        "twice",
    ),
    _refused(
        "is-file-and-folder",
        "A file below another file.",
        _BEFORE,
        one_file("work.zip", _zip("model.py/inner")),
        "as file and folder",
    ),
    _refused(
        "lies-too-deep",
        "A path longer than the system allows, which would break the grader and be ungraded.",
        _BEFORE,
        one_file("work.zip", _zip("/".join(["n" * 190] * 30))),
        "too deep in folders",
    ),
    _refused(
        "has-a-long-name",
        "A name longer than the system allows, of signs that clear the terminal.",
        _BEFORE,
        one_file("work.zip", _zip("\x1b[2J\n" * 99)),
        "too long a name",
    ),
    _refused(
        "says-it-is-smaller",
        "Three megabytes that say they are ten bytes.",
        "nothing is read beyond what was said",
        one_file("work.zip", _lies),
        "",
    ),
    _refused(
        "leads-backwards",
        "A tar whose entry has a size below nothing, so that reading never ends.",
        "sizes below nothing are refused, and the stream never goes backwards",
        one_file("work.tgz", _tar(_backwards)),
        "not a readable tar.gz",
    ),
    _refused(
        "says-too-much",
        "A tar that says a thousand things of all its entries, and each entry keeps a copy.",
        "a tar may say little of its entries",
        one_file("work.tgz", _tar(_talkative)),
        "says too much",
    ),
    _refused(
        "hides-in-an-inner-archive",
        "An archive in an archive, with a name that climbs.",
        "inner archives are not unpacked",
        one_file("work.zip", lambda world: zipped({"inner.zip": _zip("../../{mark}")(world)})),
        "no other form of a model among: inner.zip",
    ),
    Attack(
        "is-packed-on-a-mac",
        "A trained network in a tar, deep in folders, with what a Mac puts beside each file.",
        "nothing stops it",
        _archive,
        verdict="passed",
        score=100.0,
        tried="",
        honest=True,
    ),
)
