from collections.abc import Callable

import pytest
import torch

from benchmarks.device import skip_without_cuda
from benchmarks.measure import peak_memory

MEGABYTE = 1 << 20

devices = pytest.mark.parametrize(
    "device", ["cpu", pytest.param("cuda", marks=[pytest.mark.cuda, skip_without_cuda()])]
)


def grab(megabytes: int, device: str) -> torch.Tensor:
    return torch.zeros(megabytes * MEGABYTE, dtype=torch.uint8, device=device)


def in_turn(device: str) -> None:
    for megabytes in (2, 64, 1):
        grab(megabytes, device)


def together(device: str) -> None:
    held = [grab(2, device), grab(64, device)]
    held.append(grab(1, device))


@devices
@pytest.mark.parametrize(("work", "megabytes"), [(in_turn, 64), (together, 67)])
def test_it_is_what_was_held_at_once(
    work: Callable[[str], None], megabytes: int, device: str
) -> None:
    assert peak_memory(lambda: work(device), device) == megabytes * MEGABYTE


@devices
def test_what_was_held_before_is_not_counted(device: str) -> None:
    held = grab(64, device)
    assert peak_memory(lambda: grab(1, device), device) == MEGABYTE
    assert len(held) == 64 * MEGABYTE


@devices
def test_a_greedy_work_does_not_raise_the_peak_of_the_next(device: str) -> None:
    assert peak_memory(lambda: grab(64, device), device) == 64 * MEGABYTE
    assert peak_memory(lambda: grab(1, device), device) == MEGABYTE


@devices
def test_work_that_takes_nothing_takes_no_memory(device: str) -> None:
    assert peak_memory(lambda: None, device) == 0


@devices
def test_a_backward_pass_holds_activations_and_gradients(device: str) -> None:
    weight = torch.ones(1024, 1024, device=device, requires_grad=True)
    block = weight.nbytes  # 4 MiB

    def forward() -> torch.Tensor:
        return (weight.exp().exp()).sum()

    def with_backward() -> None:
        forward().backward()

    # Kept for the way back: both answers. Then a gradient by each of the two, or the last of them.
    assert peak_memory(forward, device) // block == 2
    assert peak_memory(with_backward, device) // block in (3, 4)
