"""How fast beside the reference, and who is not believed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from graders.exam import Exam
from graders.grade import Check
from graders.pace import object_to
from graders.questions import Questions
from graders.rubric import Rubric
from graders.sandbox import Race
from reference_models import find_model
from reference_models.data import load_dataset
from reference_models.weights import save_weights

SPEED = {
    "id": "speed",
    "name": "Speed",
    "metric": "throughput",
    "points": 10,
    "curve": [[0.01, 0], [0.02, 10]],
}
NETWORK = """
import time
import torch
from torch import nn

class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(784, 64)
        self.second = nn.Linear(64, 64)
        self.third = nn.Linear(64, 10)
        self.known = None

    def answer(self, images):
        return self.third(self.second(self.first(images.flatten(1)).relu()).relu())

    def forward(self, images):
        return self.answer(images)
"""
HONEST = Race(seconds=[0.1] * 10, reference_seconds=[0.1] * 10, in_turn=1.0, out_of_turn=0.0)


@pytest.mark.parametrize(
    ("changes", "least", "same", "objection"),
    [
        ({}, 0.01, 1.0, ""),
        ({"in_turn": 1.3}, 0.01, 0.99, ""),
        ({"in_turn": 1.9}, 0.01, 1.0, "threads"),
        ({"out_of_turn": 0.3}, 0.01, 1.0, ""),
        ({"out_of_turn": 0.6}, 0.01, 1.0, "turns"),
        ({}, 0.11, 1.0, "impossible"),
        ({}, 0.01, 0.98, "answers"),
    ],
)
def test_what_cannot_be_believed_is_named(
    changes: dict[str, float], least: float, same: float, objection: str
) -> None:
    seen = replace(HONEST, **changes)
    assert object_to(seen, 1, least, same) == objection


def test_two_threads_where_two_are_allowed_are_no_offence() -> None:
    assert object_to(replace(HONEST, in_turn=2.0), 2, 0.01, 1.0) == ""


@pytest.mark.parametrize("model", ["dat565/lenet", "jhu482/pentagons-sigmoid", "bs6207/ucc"])
def test_fresh_inputs_are_new_and_of_the_same_kind(model: str) -> None:
    card = find_model(model)
    questions = Questions.of(card, load_dataset(card.dataset))
    fresh = questions.fresh(20, torch.Generator().manual_seed(1))
    again = questions.fresh(20, torch.Generator().manual_seed(2))
    assert fresh.stored.shape == (20, *card.input_shape)
    assert fresh.stored.dtype == questions.stored.dtype
    assert fresh.stored.min() >= questions.stored.min()
    assert fresh.stored.max() <= questions.stored.max()
    asked = {one.numpy().tobytes() for one in (*questions.stored, *again.stored)}
    assert sum(one.numpy().tobytes() in asked for one in fresh.stored) <= 1
    assert len(fresh.labels) == 0


Judged = Callable[[str], Check]


@pytest.fixture
def judged(exam: Exam, tmp_path: Path) -> Judged:
    """Grade code by its speed alone."""

    def _judged(code: str, weights: bool = False) -> Check:
        rubric = Rubric(assignment=exam.card.id, title="T", criterion=(SPEED,))  # type: ignore[arg-type]
        source = tmp_path / "work"
        source.mkdir()
        if weights:
            save_weights(exam.card.build(), source / "weights.safetensors")
        else:
            (source / "model.py").write_text(code)
        with exam.open(source) as submission:
            grade = replace(exam, rubric=rubric).grade(submission, "work")
        (check,) = grade.checks
        return check

    return _judged


def test_an_honest_network_earns_by_its_ratio(judged: Judged) -> None:
    check = judged(NETWORK)
    assert check.points == 10
    assert check.timing is not None
    assert check.timing.rounds == len(check.timing.reference_seconds) == 15
    assert check.timing.low <= check.timing.ratio <= check.timing.high
    assert f"{check.timing.high:.2f} counts" in check.measured


def test_a_network_padded_with_sleep_is_slower(judged: Judged) -> None:
    check = judged(NETWORK.replace("return self.answer", "time.sleep(0.01); return self.answer"))
    assert check.timing is not None
    assert check.timing.ratio < 0.9
    assert min(check.timing.seconds) >= 0.01


CACHED = """self.known = self.answer(images) if self.known is None else self.known
        return self.known[torch.arange(len(images)) % len(self.known)]
"""


FICKLE = """self.known = 1 if self.known is None else self.known + 1
        return self.answer(images) if self.known == 1 else torch.rand(len(images), 10)
"""


@pytest.mark.parametrize(
    "cheat",
    [
        "return torch.zeros(len(images), 10)",
        CACHED,
        FICKLE,
    ],
    ids=["constant", "cached", "only when not timed"],
)
def test_quick_answers_that_are_not_the_networks_earn_nothing(judged: Judged, cheat: str) -> None:
    check = judged(NETWORK.replace("return self.answer(images)", cheat))
    assert check.points == 0
    assert "it answered something else" in check.measured
    assert check.timing is not None
    assert np.isfinite(check.timing.ratio)


def test_work_behind_the_answer_earns_nothing(judged: Judged) -> None:
    busy = (
        "import threading\n"
        "        if not self.known:\n"
        "            self.known = threading.Thread(target=self.spin, daemon=True)\n"
        "            self.known.start()\n"
        "        return self.answer(images)\n\n"
        "    def spin(self):\n"
        "        while True: torch.rand(1000, 1000).sum()\n"
    )
    check = judged(NETWORK.replace("return self.answer(images)", busy))
    assert check.points == 0
    assert "does not count" in check.measured


def test_what_breaks_while_it_is_timed_is_told(judged: Judged) -> None:
    breaks = "return self.answer(images) if len(images) == 500 else 1 / 0"
    check = judged(NETWORK.replace("return self.answer(images)", breaks))
    assert (check.points, check.measured) == (0, "it could not be timed")
    assert "ZeroDivisionError" in check.advice


def test_other_layers_are_not_comparable(judged: Judged) -> None:
    check = judged(NETWORK.replace("64", "32"))
    assert (check.points, check.measured) == (0, "not comparable")


def test_weights_alone_are_as_fast_as_the_reference(judged: Callable[..., Check]) -> None:
    check = judged("", weights=True)
    assert check.points == 10
    assert check.timing is not None
    assert check.timing.ratio == 1
