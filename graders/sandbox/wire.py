"""The parent's side of the protocol: bytes from a child nobody believes, checked before use."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graders.sandbox.inside import frames

Array = NDArray[np.generic]


class ProtocolError(Exception):
    """The child sent something that is no answer; says what, in words for a report."""


@dataclass(frozen=True)
class Header:
    """The fixed part of a frame, checked: known tag and type, and a length that fits its shape."""

    tag: int
    dtype: "np.dtype[np.generic]"
    shape: tuple[int, ...]
    name_bytes: int
    payload_bytes: int


@dataclass(frozen=True)
class Frame:
    """One whole message: what it is, what it is called, and its array."""

    tag: int
    name: str
    values: Array


def parse_header(data: bytes, allowed: frozenset[int], most_bytes: int) -> Header:
    """Check the fixed part of a frame before a single byte of its payload is read.

    `allowed` are the tags that may come now, `most_bytes` what the child may still send. Raises
    ProtocolError.
    """
    magic, tag, code, dimensions, name_bytes, *rest = frames.HEADER.unpack(data)
    sizes, payload_bytes = rest[:-1], rest[-1]
    if magic != frames.MAGIC or tag not in allowed:
        raise ProtocolError("it sent something that is not an answer")
    if code not in frames.DTYPES or dimensions > frames.MAX_DIMENSIONS:
        raise ProtocolError("it sent an array of an unknown type")
    if name_bytes > frames.MAX_NAME_BYTES:
        raise ProtocolError("it sent a name that is too long")
    shape = tuple(sizes[:dimensions])
    dtype = np.dtype(frames.DTYPES[code])
    if math.prod(size or 1 for size in shape) > most_bytes:  # numpy counts beside a 0, too
        raise ProtocolError("it sent an array of an impossible shape")
    if payload_bytes != math.prod(shape) * dtype.itemsize:
        raise ProtocolError("it sent an array whose size does not fit its shape")
    if payload_bytes > most_bytes:
        raise ProtocolError("it sent more data than a submission may")
    return Header(tag, dtype, shape, name_bytes, payload_bytes)


def to_frame(header: Header, name: bytes, payload: bytes) -> Frame:
    """Put a checked header and the bytes it announced together; the array is read-only."""
    values = np.frombuffer(payload, dtype=header.dtype).reshape(header.shape)
    return Frame(header.tag, name.decode(errors="replace"), values)


def call_frames(arguments: Sequence[Array]) -> bytes:
    """The arguments of one call as the child reads them; each must have a type with a code."""
    codes = {text: code for code, text in frames.DTYPES.items()}
    messages = [
        frames.frame(frames.ARGUMENT, codes[one.dtype.str], one.shape, b"", one.data)
        for one in (np.asarray(each, order="C") for each in arguments)
    ]
    return b"".join([*messages, frames.frame(frames.CALL, 8, (0,), b"", b"")])


def inputs_frame(images: NDArray[np.float32]) -> bytes:
    """One batch of inputs as the child reads it."""
    return frames.frame(frames.INPUTS, 1, images.shape, b"", np.ascontiguousarray(images).data)
