"""Which devices there are, and what happens to a CUDA case on a machine without CUDA."""

import os

import pytest

from benchmarks.machine import cpu_model

REQUIRE_VARIABLE = "GRADEBENCH_REQUIRE_CUDA"
"""Set to 1, a CUDA case without CUDA fails instead of being skipped; tox's cuda environments do."""

MISSING = "torch sees no CUDA device on this machine"


def cpu_and_cuda() -> tuple[object, object]:
    """The values of a `device` parameter: every such test runs on the CPU, and on CUDA if it can.

    Use as `@pytest.mark.parametrize("device", cpu_and_cuda())`.
    """
    return "cpu", pytest.param("cuda", marks=(pytest.mark.cuda, skip_without_cuda()))


def skip_without_cuda() -> pytest.MarkDecorator:
    """A mark that skips where there is no CUDA device, unless this run requires one."""
    return pytest.mark.skipif(not cuda_available() and not cuda_required(), reason=MISSING)


def cuda_available() -> bool:
    """Whether torch can compute on a CUDA device here."""
    import torch

    return torch.cuda.is_available()


def insist_on(device: str) -> None:
    """Raise MeasurementError, in one line, if `device` is CUDA and there is none."""
    from benchmarks.errors import MeasurementError  # torch comes with it

    if device == "cuda" and not cuda_available():
        raise MeasurementError(f"--device cuda: {MISSING}")


def cuda_required() -> bool:
    """Whether the environment says that a machine without CUDA is a failure."""
    return os.environ.get(REQUIRE_VARIABLE) == "1"


def fail_where_required() -> None:
    """Fail the running test, in one line, where CUDA is required and missing."""
    if cuda_required() and not cuda_available():
        pytest.fail(f"{REQUIRE_VARIABLE}=1, but {MISSING}", pytrace=False)


def device_of(item: pytest.Item) -> str | None:
    """The device that a collected test is for; None for a test that is for no particular one."""
    if item.get_closest_marker("cuda"):
        return "cuda"
    callspec = getattr(item, "callspec", None)
    device = callspec.params.get("device") if callspec else None
    return device if isinstance(device, str) else None


def device_name(device: str) -> str:
    """The hardware's own name: the CPU's model or the graphics card's."""
    if not device.startswith("cuda"):
        return cpu_model()
    import torch

    return torch.cuda.get_device_name(device)
