"""Two models that answer in turns: who goes first, what is timed, whose processor time it was."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from numpy.typing import NDArray

from graders.sandbox import Batches, Entrant, EntryPoint, Limits, Race, Sandbox, race
from graders.sandbox.race import ROUNDS, compete

LIMITS = Limits(wall_seconds=60, memory_bytes=2 * 2**30)
SUM = """
import torch
from torch import nn

class Sum(nn.Module):
    def forward(self, inputs):
        return inputs.sum(1, keepdim=True)
"""
BUSY = SUM.replace(
    "        return",
    "        import time; start = time.process_time()\n"
    "        while time.process_time() < start + 0.04: pass\n"
    "        return",
)


@dataclass
class Track:
    """A clock that only laps move, and what happened on it."""

    now: float = 0.0
    laps: list[tuple[str, int]] = field(default_factory=list)
    drawn: list[int] = field(default_factory=list)

    def draw(self, count: int) -> Batches:
        self.drawn.append(count)
        return [np.full((count, 2), len(self.drawn), np.float32)]


@dataclass
class Puppet:
    """A runner that takes `seconds` for an input, and computes as the rest says."""

    name: str
    track: Track
    seconds: float
    threads: float = 1.0
    idle: float = 0.0

    @property
    def computed(self) -> float:
        mine = sum(count for name, count in self.track.laps if name == self.name)
        others = sum(count for name, count in self.track.laps if name != self.name)
        return self.seconds * self.threads * mine + self.idle * others

    def lap(self, messages: Sequence[tuple[bytes, int]]) -> NDArray[np.float32]:
        count = sum(size for _, size in messages)
        self.track.now += self.seconds * count
        self.track.laps.append((self.name, count))
        return np.full((count, 1), len(self.track.drawn), np.float32)


def ran(
    track: Track, runner: Puppet, rival: Puppet, most: int = 8_000, seconds: float = 1e9
) -> Race:
    found = Race()
    compete(runner, rival, track.draw, most, seconds, found, lambda: track.now)
    return found


def test_each_goes_first_every_other_time_and_gets_what_is_new() -> None:
    track = Track()
    found = ran(track, Puppet("a", track, 2e-4), Puppet("b", track, 1e-4))
    order = [name for name, _ in track.laps][-2 * ROUNDS :]
    assert order == (["a", "b", "b", "a"] * ROUNDS)[: 2 * ROUNDS]
    assert len(track.drawn) == ROUNDS + 3
    given = [float(one[0, 0]) for one in found.answers]
    assert given == [float(number) for number in range(4, ROUNDS + 4)]


def test_seconds_are_of_the_laps_after_the_warm_up() -> None:
    track = Track()
    found = ran(track, Puppet("a", track, 2e-4), Puppet("b", track, 1e-4))
    assert found.seconds == pytest.approx([0.3] * ROUNDS)
    assert found.reference_seconds == pytest.approx([0.15] * ROUNDS)


@pytest.mark.parametrize(
    ("rate", "most", "seconds", "count"),
    [(1e-4, 8_000, 1e9, 1_500), (1e-7, 8_000, 1e9, 8_000), (1e-4, 40, 1e9, 40), (10, 9, 1e9, 1)],
)
def test_a_lap_is_as_long_as_the_reference_needs_to_be_timed(
    rate: float, most: int, seconds: float, count: int
) -> None:
    track = Track()
    ran(track, Puppet("a", track, 1e-9), Puppet("b", track, rate), most, seconds)
    assert track.drawn[-1] == pytest.approx(count, abs=1)


def test_who_is_slow_gets_shorter_laps() -> None:
    track = Track()
    found = ran(track, Puppet("a", track, 1e-2), Puppet("b", track, 1e-4), seconds=16)
    assert sum(found.seconds) == pytest.approx(15, abs=0.5)


def test_processor_time_is_told_apart_by_whose_turn_it_was() -> None:
    track = Track()
    runner = Puppet("a", track, 1e-4, threads=2, idle=5e-5)
    found = ran(track, runner, Puppet("b", track, 1e-4))
    assert found.in_turn == pytest.approx(2 * sum(found.seconds))
    assert found.out_of_turn == pytest.approx(0.5 * sum(found.reference_seconds))


def entrant(folder: Path, name: str, code: str) -> Entrant:
    place = folder / name
    place.mkdir()
    (place / "model.py").write_text(code)
    return Entrant(place, EntryPoint("model.py"))


def raced(
    sandbox: Sandbox, folder: Path, ours: str, theirs: str, cancel: Event | None = None
) -> Race:
    two = (entrant(folder, "a", ours), entrant(folder, "b", theirs))
    return race(sandbox, *two, (1,), Track().draw, 1_000, LIMITS, cancel)


def test_two_children_answer_in_turns(each_sandbox: Sandbox) -> None:
    folder = Path(tempfile.mkdtemp(dir=each_sandbox.spool))
    found = raced(each_sandbox, folder, BUSY, SUM)
    assert found.fault is None
    assert len(found.seconds) == len(found.reference_seconds) == ROUNDS
    assert [float(one[0, 0]) for one in found.answers] == [2.0 * n for n in range(4, ROUNDS + 4)]
    assert found.in_turn > 0.02 * ROUNDS > found.out_of_turn


def test_who_sleeps_is_slower(sandbox: Sandbox, folder: Path) -> None:
    slow = SUM.replace("        return", "        import time; time.sleep(0.05)\n        return")
    found = raced(sandbox, folder, slow, SUM)
    assert found.fault is None
    assert min(found.seconds) >= 0.05
    assert np.median(found.seconds) > np.median(found.reference_seconds)


@pytest.mark.parametrize(
    ("ours", "theirs", "blame", "reason"),
    [
        (SUM + "raise OSError('no')", SUM, "submission", "does not import: OSError: no"),
        (SUM.replace("inputs.sum", "inputs.some"), SUM, "submission", "fails on the test images"),
        (SUM.replace("keepdim=True", ""), SUM, "submission", "not (31, 1)"),
        (SUM, SUM.replace("inputs.sum", "inputs.some"), "machine", "reference model could not be"),
        (SUM, "1 +", "machine", "the reference model could not be timed: its code does not"),
        (SUM, SUM.replace("return", "exit()\n        return"), "machine", "timed: its model fails"),
    ],
)
def test_an_early_end_is_blamed_on_whose_it_is(
    sandbox: Sandbox, folder: Path, ours: str, theirs: str, blame: str, reason: str
) -> None:
    found = raced(sandbox, folder, ours, theirs)
    assert found.fault is not None
    assert found.fault.blame == blame
    assert reason in found.fault.reason


def test_a_race_can_be_stopped(sandbox: Sandbox, folder: Path) -> None:
    cancel = Event()
    cancel.set()
    found = raced(sandbox, folder, SUM, SUM, cancel)
    assert found.fault is not None
    assert found.fault.blame == "machine"
    assert "grading was stopped" in found.fault.reason
