"""The desk: what is laid down can be read where the message says, and written by nobody else."""

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from graders.sandbox.desk import Desk
from graders.sandbox.inside.frames import INPUTS, LAID, Pipe
from graders.sandbox.wire import inputs_frame


def read(message: bytes, desk: Desk) -> tuple[int, NDArray[np.float32]]:
    """What a child makes of a message."""
    reads, writes = os.pipe()
    os.write(writes, message)
    pipe = Pipe(reads, writes, desk.descriptor)
    found = pipe._receive()
    assert found is not None
    pipe._incoming.close()
    pipe._outgoing.close()
    return found


@given(sizes=st.lists(st.integers(0, 40), min_size=1, max_size=6))
def test_whatever_is_laid_down_is_read(sizes: list[int]) -> None:
    desk = Desk()
    for number, size in enumerate(sizes):
        batch = np.arange(size * 3, dtype=np.float32).reshape(size, 3) + number
        _, found = read(desk.lay(batch), desk)
        np.testing.assert_array_equal(found, batch)
    desk.give_away()
    desk.clear()


def test_a_batch_stays_while_the_next_is_laid_down() -> None:
    desk = Desk()
    first, second = (np.full((2, 3), value, np.float32) for value in (1, 2))
    messages = [desk.lay(first), desk.lay(second)]
    for message, batch in zip(messages, (first, second), strict=True):
        tag, found = read(message, desk)
        assert tag == LAID
        np.testing.assert_array_equal(found, batch)
    found[:] = 0  # a child may do with its own what it likes
    np.testing.assert_array_equal(read(messages[1], desk)[1], second)


def test_what_has_no_room_goes_through_the_pipe() -> None:
    desk = Desk()
    desk.lay(np.zeros((1, 3), np.float32))
    larger = np.ones((2, 3), np.float32)
    assert desk.lay(larger) == inputs_frame(larger)
    assert read(desk.lay(larger), desk)[0] == INPUTS


def test_a_child_that_seals_its_questions_gets_them_through_the_pipe() -> None:
    import fcntl

    desk = Desk()
    fcntl.fcntl(desk._file, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW)
    batch = np.ones((2, 3), np.float32)
    assert desk.lay(batch) == inputs_frame(batch)


def test_a_kernel_without_memory_files_has_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(os, "memfd_create", refuse)
    desk = Desk()
    batch = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(read(desk.lay(batch), desk)[1], batch)


@pytest.mark.parametrize("act", [lambda one: os.write(one, b"x"), lambda one: os.ftruncate(one, 0)])
def test_the_childs_descriptor_is_for_reading(act: object) -> None:
    desk = Desk()
    with pytest.raises(OSError, match=r"."):
        act(desk.descriptor)  # type: ignore[operator]
