import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread
from time import perf_counter

import pytest

from benchmarks.measure import waiting
from benchmarks.measure.waiting import Moment, waiting_threads

needs_counts = pytest.mark.skipif(
    Moment.now() is None, reason="this system does not tell how long a thread waits"
)
needs_pinning = pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"), reason="this system does not share out its cores"
)

START = Moment(clock=100.0, own=50.0, all=80.0, waits={"1": 3.0, "2": 1.0})


@contextmanager
def on_one_core() -> Iterator[None]:
    """So that two are one too many, on any machine."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


@contextmanager
def another_process() -> Iterator[None]:
    other = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        other.kill()
        other.wait()


def work(seconds: float) -> None:
    end = perf_counter() + seconds
    while perf_counter() < end:
        pass


@needs_counts
@needs_pinning
def test_a_process_waits_beside_another_on_its_core() -> None:
    with on_one_core(), another_process():
        before = Moment.now()
        work(0.5)
        found = waiting_threads(before, Moment.now())
    assert found is not None
    assert found > 0.1


def test_threads_are_added_up_and_those_that_ended_are_not_counted() -> None:
    end = replace(START, clock=104.0, all=90.0, waits={"1": 4.5, "3": 0.5})
    assert waiting_threads(START, end) == 0.5


def test_threads_that_wait_for_each_other_wait_for_nobody_else() -> None:
    end = replace(START, clock=104.0, own=58.0, all=88.4, waits={"1": 9.0, "2": 7.0})
    assert waiting_threads(START, end) == pytest.approx(0.1)
    assert waiting_threads(START, replace(end, all=87.9)) == 0  # clocks of two kinds


def test_what_is_not_known_at_both_ends_is_unknown() -> None:
    assert waiting_threads(None, START) is waiting_threads(START, None) is None


@needs_counts
def test_it_is_told_while_threads_come_and_go() -> None:
    def come_and_go() -> None:
        while not done:
            passing = Thread(target=int)
            passing.start()
            passing.join()

    done: list[bool] = []
    busy = Thread(target=come_and_go)
    busy.start()
    try:
        assert None not in [Moment.now() for _ in range(200)]
    finally:
        done.append(True)
        busy.join()


@pytest.mark.parametrize("text", [None, "", "12", "1 two 3", "0 0 0"])
def test_it_is_unknown_where_the_system_does_not_count(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str | None
) -> None:
    (tmp_path / "7").mkdir()
    if text is not None:
        (tmp_path / "7" / "schedstat").write_text(text)
    monkeypatch.setattr(waiting, "_TASKS", tmp_path)
    assert Moment.now() is None


@pytest.mark.parametrize("text", [None, "", "cpu 1 2", "cpu 1 2 3 4 5 6 x"])
def test_it_is_unknown_where_nobody_knows_what_others_did(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str | None
) -> None:
    if text is not None:
        (tmp_path / "stat").write_text(text)
    monkeypatch.setattr(waiting, "_STAT", tmp_path / "stat")
    assert Moment.now() is None
