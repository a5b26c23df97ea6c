"""The short spellings `--data`, `--budget`, `--device`, ...: a plugin for this project's own runs.

Elsewhere, where no other plugin has them, ask with `pytest -p benchmarks.short_options`.
"""

import pytest

from benchmarks.options import OPTIONS


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the short spelling of every option beside its long one."""
    group = parser.getgroup("gradebench")
    for option in OPTIONS:
        option.add_to(group)
