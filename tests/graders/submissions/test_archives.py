import gzip
import io
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graders.errors import SubmissionError
from graders.submissions.archives import ArchiveLimits, unpack

SMALL = ArchiveLimits(files=10, total_bytes=4 * 2**20, ratio=50)


def zipped(
    *entries: tuple[str | zipfile.ZipInfo, bytes], kind: int = zipfile.ZIP_DEFLATED
) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return buffer.getvalue()


def link(name: str, target: bytes) -> tuple[zipfile.ZipInfo, bytes]:
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry, target


def encrypted() -> bytes:
    data = bytearray(zipped(("model.py", b"secret"), kind=zipfile.ZIP_STORED))
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        place = data.index(signature) + offset
        struct.pack_into("<H", data, place, 1)
    return bytes(data)


def tarred(*entries: tuple[str | tarfile.TarInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(mode="w:gz", fileobj=buffer) as archive:
        for name, content in entries:
            entry = tarfile.TarInfo(name) if isinstance(name, str) else name
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, target
    return entry, b""


def with_words(kind: bytes, count: int) -> bytes:
    """A tar that says `count` things of its entry, or of all."""
    words = b"".join(b"14 k%07d=v\n" % number for number in range(count))
    head = tarfile.TarInfo("words")
    head.type, head.size = kind, len(words)
    said = head.tobuf(tarfile.USTAR_FORMAT) + words + bytes(-len(words) % 512)
    return gzip.compress(said + tarfile.TarInfo("model.py").tobuf() + bytes(1024))


def misnamed(pack: Callable[..., bytes]) -> Iterator[Any]:
    """What no archive may hold in any format, each with the reason and an id."""
    for names, reason, what in (
        (["../model.py"], "points outside", "parent folder"),
        (["/etc/cron.d/x"], "points outside", "absolute"),
        (["a\\..\\..\\x"], "points outside", "backslashes"),
        (["a", "A"], "twice", "twins"),
        (["a", "a/b"], "file and folder", "file and folder"),
        (["n" * 300], "too long a name", "long name"),
        (["a/" * 60 + "b"], "too deep in folders", "deep"),
        (["/".join(["n" * 199] * 40)], "too deep in folders", "long path"),
        ([str(number) for number in range(11)], "entries", "many"),
    ):
        yield pytest.param(pack(*((name, b"") for name in names)), reason, id=what)


def with_size(size: int) -> bytes:
    """A tar whose one entry claims another size than it has."""
    entry = tarfile.TarInfo("model.py")
    entry.size = size
    return gzip.compress(entry.tobuf(tarfile.GNU_FORMAT) + b"x" * 512 + bytes(1024))


Open = Callable[[bytes], Path]


def opened(source: Path, data: bytes) -> Path:
    """Unpack `data`, saved as `source`, into a folder in a folder beside it."""
    target = source.parent / "inside" / "target"
    source.write_bytes(data)
    target.mkdir(parents=True)
    unpack(source, target, SMALL)
    return target


@pytest.fixture
def open_tar(tmp_path: Path) -> Open:
    return partial(opened, tmp_path / "work.tgz")


@pytest.fixture
def open_zip(tmp_path: Path) -> Open:
    return partial(opened, tmp_path / "work.zip")


def changed(data: bytes, changes: list[tuple[int, int]], cut: int) -> bytes:
    """`data` with other bytes in some places and the end cut off."""
    found = bytearray(data)
    for place, value in changes:
        found[place % len(found)] = value
    return bytes(found[: len(found) - cut])


def insist_on_an_error_or_none(source: Path, data: bytes) -> None:
    """Whatever `data` is, nothing but a SubmissionError comes of it and nothing gets out."""
    with suppress(SubmissionError):
        opened(source, data)
    assert {path.name for path in source.parent.iterdir()} == {source.name, "inside"}
    assert [path.name for path in (source.parent / "inside").iterdir()] == ["target"]
    assert not any(path.is_symlink() for path in source.parent.rglob("*"))


def test_plain_files_come_out_and_clutter_stays_in(open_zip: Open) -> None:
    target = open_zip(
        zipped(("a/model.py", b"1"), ("__MACOSX/a/._model.py", b"2"), ("a/.DS_Store", b"3"))
    )
    assert [
        path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()
    ] == ["a/model.py"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"this is no zip", "not a readable zip", id="text"),
        pytest.param(b"", "not a readable zip", id="empty"),
        pytest.param(zipped(("model.py", b"x" * 999))[:-30], "not a readable zip", id="cut off"),
        *misnamed(zipped),
        pytest.param(zipped(link("model.py", b"/etc/passwd")), "is a link", id="link"),
        pytest.param(zipped(("big", b"\0" * 2**22)), "swells more than", id="bomb"),
        pytest.param(
            zipped(*((f"{number}", b"\0" * 2**20) for number in range(5))), "unpacks to", id="total"
        ),
        pytest.param(encrypted(), "is encrypted", id="encrypted"),
        pytest.param(
            zipped(*((f"{number}", b"") for number in range(1_000))),
            "index for more entries",
            id="long index",
        ),
        pytest.param(zipped(("a", b"x" * 99), kind=zipfile.ZIP_LZMA), "unusual", id="unusual"),
    ],
)
def test_an_unsafe_archive_writes_nothing(
    open_zip: Open, tmp_path: Path, data: bytes, reason: str
) -> None:
    with pytest.raises(SubmissionError, match=reason) as caught:
        open_zip(data)
    assert "\n" not in str(caught.value)
    assert {path.name for path in tmp_path.rglob("*")} == {"work.zip", "inside", "target"}


def test_a_size_that_lies_is_not_believed(open_zip: Open, tmp_path: Path) -> None:
    data = bytearray(zipped(("model.py", b"\0" * 3 * 2**20)))
    for signature, offset in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        struct.pack_into("<I", data, data.index(signature) + offset, 10)
    with suppress(SubmissionError):
        open_zip(bytes(data))
    written = tmp_path / "inside" / "target" / "model.py"
    assert not written.exists() or written.stat().st_size <= 10


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.integers(0, 220), st.integers(0, 255)), max_size=6),
    st.integers(0, 60),
)
def test_a_damaged_archive_ends_in_one_clear_error_or_none(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]], cut: int
) -> None:
    data = zipped(("a/model.py", b"x = 1\n" * 9), ("b.txt", b"hello"))
    source = tmp_path_factory.mktemp("fuzz") / "work.zip"
    insist_on_an_error_or_none(source, changed(data, changes, cut))


def test_a_tar_comes_out_without_its_clutter(open_tar: Open) -> None:
    target = open_tar(
        tarred(
            ("./a/model.py", b"1"),
            ("a/._model.py", b"2"),
            special("a/__pycache__/x", tarfile.SYMTYPE, "/etc"),
            ("a/inner/w.pt", b"3"),
        )
    )
    files = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    assert files == {"a/model.py", "a/inner/w.pt"}
    assert (target / "a/model.py").read_bytes() == b"1"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"this is no tar", "not a readable tar.gz", id="text"),
        pytest.param(b"", "not a readable tar.gz", id="empty"),
        pytest.param(gzip.compress(b"no tar in it" * 99), "not a readable", id="gzip of text"),
        pytest.param(tarred(("m.py", b"x" * 9999))[:-30], "not a readable tar.gz", id="cut off"),
        *misnamed(tarred),
        pytest.param(
            tarred(special("model.py", tarfile.SYMTYPE, "/etc/passwd")), "is a link", id="link"
        ),
        pytest.param(
            tarred(("a", b""), special("b", tarfile.LNKTYPE, "a")), "is a link", id="hard link"
        ),
        pytest.param(tarred(special("null", tarfile.CHRTYPE)), "or a device", id="device"),
        pytest.param(tarred(special("pipe", tarfile.FIFOTYPE)), "or a device", id="named pipe"),
        pytest.param(tarred(("big", b"\0" * 3 * 2**20)), "swells more than", id="bomb"),
        pytest.param(with_size(5 * 2**20), "unpacks to more", id="claims too much"),
        pytest.param(with_size(-512), "not a readable tar.gz", id="negative size"),
        pytest.param(tarred(("a", b""), ("./A", b"")), "twice", id="twins in another way"),
        pytest.param(with_words(tarfile.XHDTYPE, 200), "says too much", id="words of one"),
        pytest.param(with_words(tarfile.XGLTYPE, 200), "says too much", id="words of all"),
        pytest.param(with_words(tarfile.XGLTYPE, 9_999), "says too much", id="very many words"),
    ],
)
def test_an_unsafe_tar_writes_nothing(
    open_tar: Open, tmp_path: Path, data: bytes, reason: str
) -> None:
    with pytest.raises(SubmissionError, match=reason) as caught:
        open_tar(data)
    assert "\n" not in str(caught.value)
    assert {path.name for path in tmp_path.rglob("*")} == {"work.tgz", "inside", "target"}


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.integers(0, 3_000), st.integers(0, 255)), max_size=6),
    st.integers(0, 3_000),
)
def test_a_damaged_tar_ends_in_one_clear_error_or_none(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]], cut: int
) -> None:
    data = gzip.decompress(tarred(("a/model.py", b"x = 1\n" * 9), ("é" * 120, b"hi")))
    source = tmp_path_factory.mktemp("fuzz") / "work.tar.gz"
    insist_on_an_error_or_none(source, gzip.compress(changed(data, changes, cut)))
