"""The messages between parent and child: `HEADER`, a name, then a payload in a fixed layout."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray
    from torch import Tensor

    Array = NDArray[Any]

MAGIC = b"GBF1"
MAX_DIMENSIONS = 8
MAX_NAME_BYTES = 512
MAX_FAULT_BYTES = 4096
HEADER = struct.Struct(f"<4sBBBxH{MAX_DIMENSIONS}QQ")
"""Magic, tag, dtype code, dimensions, length of the name, shape, length of the payload."""

HELLO, PARAMETER, BUFFER, END, ANSWERS, FAULT, INPUTS = range(1, 8)
ARGUMENT, CALL, RAISED = range(8, 11)
"""A call of a function: its arguments, then the word to begin; what it raised, if not an answer."""
LAID = 11
"""Inputs that lie in memory from the byte on that the payload names."""
DTYPES: dict[int, str] = {
    1: "<f4",
    2: "<f8",
    3: "<f2",
    4: "<i8",
    5: "<i4",
    6: "<i2",
    7: "|i1",
    8: "|u1",
    9: "|b1",
}


class Refusal(Exception):  # noqa: N818 - it is an answer, not a defect of this program
    """A submission that cannot be used, in words for its author."""


def frame(
    tag: int, dtype: int, shape: tuple[int, ...], name: bytes, payload: bytes | memoryview
) -> bytes:
    """Return one message of the protocol; `payload` is in C order, little endian."""
    dimensions = [*shape, *[0] * (MAX_DIMENSIONS - len(shape))]
    size = memoryview(payload).nbytes
    head = HEADER.pack(MAGIC, tag, dtype, len(shape), len(name), *dimensions, size)
    return b"".join((head, name, payload))


class Pipe:
    """The conversation with the parent, as blocking frames; `laid` is memory to read from."""

    def __init__(self, incoming: int, outgoing: int, laid: int = -1) -> None:
        self._incoming = os.fdopen(incoming, "rb")
        self._outgoing = os.fdopen(outgoing, "wb", buffering=0)
        self._laid = laid

    def send(self, message: bytes) -> None:
        """Write all of `message`."""
        view = memoryview(message)
        while view:
            view = view[self._outgoing.write(view) :]

    def send_tensor(self, tag: int, name: str, tensor: Tensor) -> None:
        """Write `tensor` as a frame; types without a code of their own travel as float32."""
        import torch

        plain = tensor.detach().to("cpu").contiguous()
        if plain.dtype == torch.bfloat16 or plain.is_complex() or plain.is_quantized:
            plain = plain.to(torch.float32)
        array = plain.numpy()
        code = next((code for code, text in DTYPES.items() if array.dtype.str == text), None)
        if code is None or array.ndim > MAX_DIMENSIONS:
            raise Refusal(f"'{name}' has a type or shape that cannot be graded: {tensor.dtype}")
        label = name.encode()[:MAX_NAME_BYTES]
        self.send(frame(tag, code, array.shape, label, array.data))

    def fail(self, stage: str, reason: str) -> NoReturn:
        """Tell the parent why there will be no more answers, and end the process."""
        self.send_text(FAULT, stage, reason)
        os._exit(1)

    def send_array(self, tag: int, array: Array) -> None:
        """Write an array whose type has a code."""
        code = next(code for code, text in DTYPES.items() if array.dtype.str == text)
        self.send(frame(tag, code, array.shape, b"", array.tobytes()))

    def send_text(self, tag: int, name: str, text: str) -> None:
        """Write words, cut to what the parent reads."""
        data = text.encode(errors="replace")[:MAX_FAULT_BYTES]
        self.send(frame(tag, 8, (len(data),), name.encode(), data))

    def receive_inputs(self) -> Tensor | None:
        """Read the next batch of inputs as float32, or None when the parent has closed the pipe."""
        import torch

        message = self._receive()
        return None if message is None else torch.from_numpy(message[1])

    def receive_call(self) -> list[Array] | None:
        """Read the arguments of the next call, or None when the parent has closed the pipe.

        Every array is writable and shares its memory with nothing.
        """
        arguments: list[Array] = []
        while (message := self._receive()) is not None:
            tag, array = message
            if tag == CALL:
                return arguments
            arguments.append(array)
        return None

    def _receive(self) -> tuple[int, Array] | None:
        """Read one message: its tag and its array."""
        import numpy as np

        head = self._incoming.read(HEADER.size)
        if len(head) < HEADER.size:
            return None
        _, tag, code, dimensions, name_bytes, *rest = HEADER.unpack(head)
        self._incoming.read(name_bytes)
        array: Array = np.empty(rest[:dimensions], DTYPES[code])
        plain = array.reshape(-1).view(np.uint8).data
        if tag == LAID:
            start = int.from_bytes(self._incoming.read(rest[-1]), "little")
            os.preadv(self._laid, [plain], start)
        else:
            self._incoming.readinto(plain)
        return tag, array
