"""How long training takes beside the reference's recipe, and who is not believed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from graders.apprenticeship import ROUNDS, Apprenticeship, Lesson, School, summary
from graders.exam import Exam
from graders.grade import Check, Timing
from graders.judge import Judge
from graders.rubric import Rubric
from graders.sandbox import Entrant, EntryPoint, Fault, Observation, Trained

ASKED = {
    "id": "time",
    "name": "Training time",
    "metric": "training_time",
    "points": 10,
    "samples": 400,
    "accuracy_at_least": 0.6,
    "curve": [[100, 10], [200, 0]],
}
TRAIN = """
import torch
from torch import nn

def build_model():
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10),
    )

def train(images, labels):
    model = build_model()
    optimiser = torch.optim.Adam(model.parameters(), 1e-3)
    for _ in range(12):
        for chosen in torch.randperm(len(images)).split(20):
            optimiser.zero_grad()
            loss = nn.functional.cross_entropy(model(images[chosen]), labels[chosen])
            loss.backward()
            optimiser.step()
    return model
"""


def timing(low: float) -> Timing:
    return Timing(
        ratio=2 * low,
        low=low,
        high=3 * low,
        samples=400,
        seconds=(low,) * 7,
        reference_seconds=(1.0,) * 7,
    )


@pytest.fixture
def judged(exam: Exam) -> Callable[[Apprenticeship | None], Check]:
    def _judged(found: Apprenticeship | None) -> Check:
        rubric = Rubric.model_validate(
            {"assignment": exam.card.id, "title": "T", "criterion": [ASKED]}
        )
        trained = {"time": found} if found else {}
        (check,) = Judge(exam.card, exam.data, Observation(), None, trained).judge(rubric)
        return check

    return _judged


@pytest.mark.parametrize(
    ("found", "points", "measured", "advice"),
    [
        (Apprenticeship(timing(100), 0.6), 10, "100.00 counts", ""),
        (Apprenticeship(timing(150), 0.9), 5, "150.00 counts; at the worst 90.0% right", "epochs"),
        (Apprenticeship(timing(1), 0.59), 0, "at the worst 59.0% right", "Train on the labels"),
        (Apprenticeship(timing(1), 0.9, overdrawn=True), 0, "more threads", "set_num_threads"),
        (Apprenticeship(fault=Fault("submission", "it broke")), 0, "not be trained", "it broke"),
        (None, 0, "not known", "a function train(images, labels)"),
    ],
)
def test_time_is_worth_something_where_the_model_is_good(
    judged: Callable[[Apprenticeship | None], Check],
    found: Apprenticeship | None,
    points: float,
    measured: str,
    advice: str,
) -> None:
    check = judged(found)
    assert check.points == points
    assert measured in check.measured
    assert advice in check.advice
    assert check.timing == (found.timing if found else None)


def test_a_summary_has_the_ratio_and_the_worst() -> None:
    own, other = [Trained(2.0, 2.4)] * 7, [Trained(1.0, 5.0)] * 7
    found = summary(own, other, 0.7, 400, threads=1)
    assert found.timing is not None
    assert (found.timing.ratio, found.timing.low, found.timing.high) == (2, 2, 2)
    assert (found.accuracy, found.overdrawn, found.timing.rounds) == (0.7, False, 7)
    greedy = [Trained(2.0, 3.9)] * 7
    assert summary(greedy, other, 0.7, 400, threads=1).overdrawn
    assert not summary(greedy, other, 0.7, 400, threads=2).overdrawn


def test_a_lesson_has_its_own_names_for_the_classes(exam: Exam) -> None:
    lesson = Lesson.draw(exam.data.train, 400, len(exam.questions), 10)
    assert len(lesson.split) == 400
    assert sorted(lesson.names.tolist()) == list(range(10))
    labels = exam.questions.labels[lesson.order]
    renamed = np.eye(10, dtype=np.float32)[lesson.names[labels].numpy()]
    assert lesson.accuracy(Trained(answers=renamed), exam.questions) == 1
    plain = np.eye(10, dtype=np.float32)[labels.numpy()]
    same = float((lesson.names[labels] == labels).double().mean())
    assert lesson.accuracy(Trained(answers=plain), exam.questions) < same + 0.1
    assert len(Lesson.draw(exam.data.train, 10**6, 5, 10).split) == len(exam.data.train)


def learnt(exam: Exam, folder: Path, code: str) -> Apprenticeship:
    (folder / "model.py").write_text(code)
    (folder / "weights.txt").write_text("no code")
    school = School(exam.sandbox, exam.card, exam.data.train, exam.questions, exam.limits)
    return school.compare(Entrant(folder, EntryPoint("model.py")), "raw", 400)


def test_an_honest_training_is_timed_beside_the_recipe(exam: Exam, folder: Path) -> None:
    found = learnt(exam, folder, TRAIN)
    assert found.fault is None
    assert found.timing is not None
    assert found.timing.rounds == ROUNDS
    assert found.accuracy > 0.6


def test_a_training_sees_no_file_but_code(exam: Exam, folder: Path) -> None:
    found = learnt(
        exam, folder, TRAIN.replace("    model =", "    open('weights.txt')\n    model =")
    )
    assert found.fault is not None
    assert "FileNotFoundError" in found.fault.reason


def test_a_reference_that_breaks_is_the_machines_fault(exam: Exam, folder: Path) -> None:
    broken = replace(exam.data.train, labels=torch.full_like(exam.data.train.labels, 0))
    (folder / "model.py").write_text(TRAIN)
    card = replace(exam.card, id="dat565/unheard-of")
    school = School(exam.sandbox, card, broken, exam.questions, exam.limits)
    found = school.compare(Entrant(folder, EntryPoint("model.py")), "raw", 400)
    assert found.fault is not None
    assert found.fault.blame == "machine"
    assert "the reference model could not be trained" in found.fault.reason


@pytest.mark.parametrize(
    ("name", "content", "measured"),
    [
        ("model.py", TRAIN.replace("def train(", "def teach("), "it could not be trained"),
        ("answers.csv", "0\n" * 500, "not known"),
    ],
)
def test_what_does_not_train_earns_nothing_for_it(
    exam: Exam, tmp_path: Path, name: str, content: str, measured: str
) -> None:
    (tmp_path / name).write_text(content)
    rubric = Rubric.model_validate({"assignment": exam.card.id, "title": "T", "criterion": [ASKED]})
    with exam.open(tmp_path) as submission:
        grade = replace(exam, rubric=rubric).grade(submission, "work")
    (check,) = grade.checks
    assert (grade.verdict, check.points, check.measured) == ("failed", 0, measured)
    assert "train" in check.advice
