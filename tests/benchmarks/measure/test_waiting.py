import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import pytest

from benchmarks.measure import waiting

pytestmark = pytest.mark.skipif(
    waiting.seconds_waited() is None, reason="this system does not tell how long a thread waits"
)


def work(seconds: float) -> None:
    end = perf_counter() + seconds
    while perf_counter() < end:
        pass


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs two on one core")
def test_beside_another_process_on_its_core_a_process_waits() -> None:
    before, cores = waiting.seconds_waited(), os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as other:
            work(0.5)
            other.kill()
    finally:
        os.sched_setaffinity(0, cores)
    after = waiting.seconds_waited()
    assert before is not None
    assert after is not None
    assert after - before > 0.05


@pytest.mark.parametrize("text", [None, "", "12", "1 two 3"])
def test_it_is_unknown_where_the_system_does_not_tell(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str | None
) -> None:
    tasks = tmp_path / "task"
    (tasks / "7").mkdir(parents=True)
    if text is not None:
        (tasks / "7" / "schedstat").write_text(text)
    monkeypatch.setattr(waiting, "_TASKS", tasks)
    assert waiting.seconds_waited() is None


def test_threads_are_added_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for number, nanoseconds in enumerate((1_500_000_000, 250_000_000)):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "schedstat").write_text(f"5 {nanoseconds} 3\n")
    monkeypatch.setattr(waiting, "_TASKS", tmp_path)
    assert waiting.seconds_waited() == 1.75
