import os

import pytest

from graders.sandbox.inside.quiet import quiet


def test_prints_meanwhile_go_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    os.write(1, b"before\n")
    with quiet():
        os.write(1, b"library\n")
        os.write(2, b"library\n")
    os.write(1, b"after\n")
    os.write(2, b"end\n")
    assert capfd.readouterr() == ("before\nafter\n", "end\n")


def test_an_error_ends_the_silence(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError), quiet():
        _ = 1 // 0
    os.write(1, b"after\n")
    assert capfd.readouterr().out == "after\n"
