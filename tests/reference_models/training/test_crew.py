import threading
from functools import partial

import pytest
import torch
from torch import nn

from reference_models.training.crew import (
    Crew,
    cores_for,
    draws_random_numbers,
)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_results_come_in_the_order_of_the_tasks(size: int) -> None:
    crew = Crew(size)
    assert crew.each([partial(pow, 2, power) for power in range(6)]) == [1, 2, 4, 8, 16, 32]
    crew.dismiss()


def test_workers_are_at_work_at_the_same_time() -> None:
    crew = Crew(2)
    meeting = threading.Barrier(2, timeout=60)
    assert sorted(crew.each([meeting.wait, meeting.wait])) == [0, 1]
    crew.dismiss()


def test_every_worker_has_one_torch_thread_and_the_caller_keeps_its_own() -> None:
    def look() -> int:
        torch.rand(300, 300) @ torch.rand(300, 300)
        return torch.get_num_threads()

    before = torch.get_num_threads()
    crews = [Crew(2) for _ in range(20)]
    assert torch.get_num_threads() == before
    for crew in crews:
        assert crew.each([look] * 4) == [1] * 4
        crew.dismiss()
    assert torch.get_num_threads() == before


def test_an_error_of_a_task_reaches_the_caller() -> None:
    crew = Crew(2)
    with pytest.raises(ZeroDivisionError):
        crew.each([partial(divmod, 1, 0), partial(divmod, 1, 1)])
    crew.dismiss()


def test_dropout_is_found_at_any_depth() -> None:
    assert draws_random_numbers(nn.Sequential(nn.Sequential(nn.Dropout(0.1))))
    assert not draws_random_numbers(nn.Sequential(nn.Linear(1, 1)))


def test_only_a_cpu_has_workers() -> None:
    assert cores_for(nn.Linear(1, 1)) == torch.get_num_threads()
    assert cores_for(nn.Linear(1, 1, device="meta")) == 1
