import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graders.sandbox.inside import frames
from graders.sandbox.wire import ProtocolError, parse_header, to_frame

ALL = frozenset(range(256))


def header(**changes: object) -> bytes:
    fields = {"magic": frames.MAGIC, "tag": frames.PARAMETER, "code": 1, "dimensions": 2, "name": 0}
    fields |= {"shape": (3, 4), "bytes": 48} | changes
    shape = tuple(fields["shape"])  # type: ignore[arg-type]
    sizes = [*shape, *[0] * (frames.MAX_DIMENSIONS - len(shape))]
    names = ("magic", "tag", "code", "dimensions", "name")
    return frames.HEADER.pack(*(fields[name] for name in names), *sizes, fields["bytes"])


@pytest.mark.parametrize(
    ("dtype", "shape"), [("<f4", (3, 4)), ("<i8", ()), ("|b1", (0,)), ("<f2", (1,) * 8)]
)
def test_an_array_survives_the_journey(dtype: str, shape: tuple[int, ...]) -> None:
    code = next(code for code, text in frames.DTYPES.items() if text == dtype)
    values = np.ones(shape, dtype)
    data = frames.frame(frames.BUFFER, code, shape, "läyer".encode(), values.tobytes())
    head, rest = data[: frames.HEADER.size], data[frames.HEADER.size :]
    parsed = parse_header(head, frozenset({frames.BUFFER}), len(data))
    frame = to_frame(parsed, rest[: parsed.name_bytes], rest[parsed.name_bytes :])
    assert frame.name == "läyer"
    assert frame.values.dtype == values.dtype
    np.testing.assert_array_equal(frame.values, values)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"magic": b"GBF2"}, "not an answer"),
        ({"tag": frames.ANSWERS}, "not an answer"),
        ({"code": 0}, "unknown type"),
        ({"dimensions": 9}, "unknown type"),
        ({"name": 60_000}, "name that is too long"),
        ({"bytes": 47}, "does not fit its shape"),
        ({"shape": (2**63, 2**63), "bytes": 0}, "impossible shape"),
        ({"shape": (2**40, 1), "bytes": 2**42}, "impossible shape"),
        ({"shape": (2**19, 1), "bytes": 2**21}, "more data than a submission may"),
        ({"shape": (2**63, 0), "bytes": 0}, "impossible shape"),
    ],
)
def test_a_header_is_refused_before_its_payload(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ProtocolError, match=reason):
        parse_header(header(**changes), frozenset({frames.PARAMETER}), 2**20)


@given(st.binary(min_size=frames.HEADER.size, max_size=frames.HEADER.size))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse_header(noise, ALL, 2**20)


@given(st.binary(min_size=frames.HEADER.size - 4, max_size=frames.HEADER.size - 4))
def test_noise_behind_the_right_magic_is_an_array_or_refused(noise: bytes) -> None:
    try:
        found = parse_header(frames.MAGIC + noise, ALL, 2**20)
    except ProtocolError:
        return
    assert found.payload_bytes <= 2**20
    assert to_frame(found, b"", bytes(found.payload_bytes)).values.shape == found.shape
