"""What every test run of this project has: a pytest inside pytest, and the options' short names."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import Scheduling

pytest_plugins = ["pytester", "benchmarks.short_options"]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: "Producer") -> "Scheduling | None":
    """With `-n 2` a file stays with one worker: its tests share what took long to make.

    Files keep their order: the attacks, which take longest, come first.
    """
    if config.getoption("dist") != "load":
        return None
    config.option.loadscopereorder = False
    from xdist.scheduler import LoadFileScheduling

    return LoadFileScheduling(config, log)
