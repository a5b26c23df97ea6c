import time
from threading import Event, Thread

import pytest

from graders.errors import SandboxError
from graders.sandbox import Limits, Sandbox, open_sandbox


def test_what_was_put_off_is_done_before_one_rests() -> None:
    done: list[float] = []

    def work() -> None:
        time.sleep(0.05)
        done.append(time.monotonic())

    with Sandbox() as closed:
        closed.later(work)
        closed.rest()
        assert len(done) == 1
        closed.later(work)
    assert len(done) == 2


def test_what_fails_later_is_told(sandbox: Sandbox) -> None:
    def fail() -> None:
        raise SandboxError("it is still there")

    sandbox.later(fail)
    with pytest.raises(SandboxError, match="still there"):
        sandbox.bear(sandbox.spool, Limits(), {}, [])
    sandbox.rest()


def test_nobody_waits_for_what_another_thread_has_put_off(sandbox: Sandbox) -> None:
    hold = Event()

    def farewell() -> None:
        hold.wait()

    other = Thread(target=sandbox.later, args=(farewell,))
    other.start()
    other.join()
    folder = sandbox.spool / "nobodys"
    folder.mkdir()
    with pytest.raises(OSError, match="descriptor"):  # it comes as far as asking for a child
        sandbox.bear(folder, Limits(), {}, [-1])
    hold.set()
    sandbox.rest()
    folder.rmdir()


def test_closing_lets_go_of_everything_whatever_was_put_off() -> None:
    def fail() -> None:
        raise SandboxError("it is still there")

    own = open_sandbox()
    own.later(fail)
    with pytest.raises(SandboxError, match="still there"):
        own.close()
    assert not own.spool.exists()
