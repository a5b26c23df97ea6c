"""Talking with one sandboxed child: pipes, deadlines and byte counts, and nothing about grades."""

import fcntl
import os
import selectors
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Event

from graders.sandbox.desk import Desk
from graders.sandbox.inside import frames
from graders.sandbox.limits import STARTUP_SECONDS, Limits
from graders.sandbox.nursery import Newborn
from graders.sandbox.processes import Deadline, Tree
from graders.sandbox.wire import Frame, parse_header, to_frame

_TICK_SECONDS = 0.05
_PATIENCE = 4
"""How many times its limit a child may live on a busy machine."""
_FAREWELL_SECONDS = 1.0
_CHUNK_BYTES = 1 << 18
_PIPE_BYTES = 1 << 20
_BEGIN = b"!"

Launch = Callable[[Sequence[int]], Newborn]
"""From the child's descriptors (to read, to write, its desk) to the child, who waits for a sign."""

Later = Callable[[Callable[[], None]], object]
"""Does what it is given while nobody waits for it."""


class LimitError(Exception):
    """The child went over a limit; says which one, in words for a report."""


class CancelledError(Exception):
    """Somebody stopped the grading; the child is not to blame."""


class StarvedError(Exception):
    """The machine gave the child too little of its processors to be judged by the clock."""


class HangUpError(Exception):
    """The child ended, or closed its pipe, before it had said everything."""


class Conversation:
    """A running child as the parent sees it: frames in, frames out, printed text on the side.

    No call blocks longer than the wall-clock limit, whatever the child does; but the clock stands
    still while the machine has no processor for it.
    """

    def __init__(
        self,
        program: Newborn,
        incoming: int,
        outgoing: int,
        desk: Desk,
        limits: Limits,
        cancel: Event,
    ) -> None:
        self._program = program
        self._incoming = incoming
        self._outgoing = outgoing
        self.desk = desk
        self._limits = limits
        self._cancel = cancel
        self._tree = Tree(program)
        self._deadline = Deadline(STARTUP_SECONDS)
        self._next_look = time.monotonic() + _TICK_SECONDS
        self._inbox = bytearray()
        self._wanted = 0
        self._received = 0
        self._printed = bytearray()
        self._selector = selectors.DefaultSelector()
        self._listen(incoming, self._read_inbox)
        self._listen(program.printed, self._read_printed)
        os.set_blocking(outgoing, False)
        with suppress(PermissionError):  # a user's pipes may hold only so much; slower, not wrong
            fcntl.fcntl(outgoing, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    @property
    def printed(self) -> str:
        """What the child printed so far, bounded; text to show, never evidence."""
        return self._printed.decode(errors="replace")

    @property
    def has_spoken(self) -> bool:
        """Whether the child sent anything, read or not: its greeting comes before student code."""
        return self._received > 0 or len(self._inbox) > 0

    @property
    def elapsed(self) -> float:
        """Wall-clock seconds since the start, or since the student's code was let loose."""
        return self._deadline.elapsed

    @property
    def computed(self) -> float:
        """CPU seconds of its whole tree since the student's code was let loose."""
        return self._tree.cpu_seconds()

    def start_the_clock(self) -> None:
        """Count the wall-clock limit from now: what came before was not the student's."""
        self._deadline = Deadline(self._limits.wall_seconds)
        self._tree.start_the_clock()

    def send(self, data: bytes) -> None:
        """Write all of `data`, reading meanwhile what the child prints.

        Raises LimitError, or HangUpError when the child no longer reads.
        """
        rest = memoryview(data)
        self._selector.register(self._outgoing, selectors.EVENT_WRITE)
        try:
            while rest:
                self._turn()
                with suppress(BlockingIOError):
                    rest = rest[os.write(self._outgoing, rest[:_CHUNK_BYTES]) :]
        except BrokenPipeError as error:
            words = self._held() or "it stopped before it had read all inputs"
            raise HangUpError(words) from error
        finally:
            self._selector.unregister(self._outgoing)

    def receive(self, *tags: int) -> Frame:
        """Return the next frame, which must carry one of `tags`.

        Raises LimitError, HangUpError, or ProtocolError for bytes that are no such frame.
        """
        left = self._limits.answer_bytes - self._received
        header = parse_header(self._take(frames.HEADER.size), frozenset(tags), left)
        name = self._take(header.name_bytes)
        payload = self._take(header.payload_bytes)
        self._received += frames.HEADER.size + len(name) + len(payload)
        return to_frame(header, name, payload)

    def hang_up(self) -> None:
        """Tell the child that there are no more inputs, and read the last of what it prints."""
        os.close(self._outgoing)
        self._outgoing = -1
        farewell = Deadline(_FAREWELL_SECONDS)
        with suppress(LimitError, StarvedError, CancelledError):
            while self._selector.get_map() and not farewell.passed:
                self._turn()

    def end(self) -> None:
        """Kill the whole process tree, and let go of what it shared with the grader."""
        self._selector.close()
        os.close(self._incoming)
        if self._outgoing != -1:
            os.close(self._outgoing)
        self.desk.clear()
        self._tree.kill()

    def see_off(self) -> None:
        """After its end, wait until nothing is left of it: process, control group, folder."""
        self._tree.see_off()
        self._program.close()

    def _listen(self, descriptor: int, read: Callable[[], None]) -> None:
        os.set_blocking(descriptor, False)
        self._selector.register(descriptor, selectors.EVENT_READ, read)

    def _take(self, count: int) -> bytes:
        """Return the next `count` bytes; the inbox never holds more than a chunk beyond them."""
        self._wanted = count
        while len(self._inbox) < count:
            if self._incoming not in self._selector.get_map():
                raise HangUpError(self._held() or "it stopped before it had answered")
            self._turn()
        self._wanted = 0
        taken = bytes(self._inbox[:count])
        del self._inbox[:count]
        return taken

    def _turn(self) -> None:
        """Wait for at most a tick, read what came, and check every limit."""
        for key, events in self._selector.select(_TICK_SECONDS):
            if events & selectors.EVENT_READ:
                key.data()
        self._check()

    def _check(self) -> None:
        """Look at every limit, but at those that cost time to look at only once a tick."""
        if self._cancel.is_set():
            raise CancelledError
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + _TICK_SECONDS
        if self._deadline.passed:
            self._check_time()
        excess = self._held()
        if excess is not None:
            if self._incoming in self._selector.get_map():
                self._inbox += self._read(self._incoming)  # its greeting tells whose fault it is
            raise LimitError(excess)

    def _check_time(self) -> None:
        """Give back the time of waiting for a processor, but not for ever."""
        limit, elapsed = self._deadline.seconds, self._deadline.elapsed
        computed = self._tree.cpu_seconds()
        if max(computed, elapsed - self._tree.waited_seconds()) >= limit:
            raise LimitError(
                f"it did not finish within {limit:g} s ({computed:.0f} s of computing)"
            )
        if elapsed >= _PATIENCE * limit:
            raise StarvedError(
                f"this machine was too busy: in {elapsed:.0f} s it let the submission compute for "
                f"{computed:.0f} s; grade it again with fewer --jobs or a longer --timeout"
            )

    def _held(self) -> str | None:
        return self._tree.excess(self._limits)

    def _read_inbox(self) -> None:
        self._inbox += self._read(self._incoming)
        if len(self._inbox) > self._wanted + _CHUNK_BYTES:
            raise LimitError("it sent more than it was asked for")

    def _read_printed(self) -> None:
        data = self._read(self._program.printed)
        self._printed += data[: self._limits.output_bytes - len(self._printed)]

    def _read(self, descriptor: int) -> bytes:
        try:
            data = os.read(descriptor, _CHUNK_BYTES)
        except BlockingIOError:
            return b""
        if not data:
            self._selector.unregister(descriptor)
        return data


@contextmanager
def start(launch: Launch, limits: Limits, cancel: Event, later: Later) -> Iterator[Conversation]:
    """Run a child for the length of the `with` block; afterwards its whole tree is killed.

    The kernel takes some ten milliseconds to take its memory back: that is waited for `later`.
    """
    desk = Desk()
    child_reads, outgoing = os.pipe()
    incoming, child_writes = os.pipe()
    try:
        program = launch([child_reads, child_writes, desk.descriptor])
    except BaseException:
        os.close(outgoing)
        os.close(incoming)
        desk.clear()
        raise
    finally:
        os.close(child_reads)
        os.close(child_writes)
        desk.give_away()
    os.write(outgoing, _BEGIN)
    conversation = Conversation(program, incoming, outgoing, desk, limits, cancel)
    try:
        yield conversation
    finally:
        conversation.end()
        later(conversation.see_off)
