import time

import pytest

from graders.errors import SandboxError
from graders.sandbox import Limits, Sandbox


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
