"""What all tests share: hypothesis' patience, and a real sandbox of each level."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from graders.sandbox import Level, Sandbox

# A deadline is a wall-clock limit: on a busy machine it fails tests that are right. Each run draws
# the same examples, so that red means that something changed; `--hypothesis-profile explore` draws
# a thousand new ones.
_patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("patient", _patient, derandomize=True)
settings.register_profile("explore", _patient, max_examples=1000)
settings.load_profile("patient")


def _open(level: "Level") -> "Iterator[Sandbox]":
    """A real sandbox; without one its tests skip.

    Where the environment insists, they fail for want of the stronger level: a kernel may be too old
    for the weaker one.
    """
    from graders.sandbox import open_sandbox

    insists = level == "bubblewrap" and os.environ.get("GRADEBENCH_REQUIRE_SANDBOX") == "1"
    with open_sandbox(level=level) as found:
        if not found.holds:
            if insists:
                pytest.fail(f"no sandbox: {found.reason}")
            pytest.skip(f"no sandbox: {found.reason}")
        yield found


@pytest.fixture(scope="session")
def bubblewrap() -> "Iterator[Sandbox]":
    """The stronger level."""
    yield from _open("bubblewrap")


@pytest.fixture(scope="session")
def landlock() -> "Iterator[Sandbox]":
    """The weaker level."""
    yield from _open("landlock")
