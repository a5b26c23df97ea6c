"""Every form gets the same grade, and what was read is said."""

import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from graders.exam import Exam
from graders.grade import Grade
from graders.judge import words
from graders.rubric import bundled_rubric, load_rubric
from graders.sandbox import Sandbox
from reference_models import find_model
from reference_models.data import Dataset

from .forms import MODEL, WITH_NETWORK, Judge, answers, graded, state


@pytest.mark.parametrize("name", WITH_NETWORK)
def test_the_same_network_gets_the_same_grade_in_every_form(
    grades: Callable[[str], Grade], name: str
) -> None:
    grade, first = grades(name), grades("folder")
    assert grade.verdict == "passed", (grade.reason, grade.checks)
    assert grade.checks == first.checks
    assert grade.printed == ""


def test_what_was_read_is_said(grades: Callable[[str], Grade]) -> None:
    assert grades("work.ipynb").found == (
        "Read: work.ipynb (2 code cells; 2 lines dropped: '!pip install torch', "
        "'%matplotlib inline'). No weights came with it: the model answers as its code builds it."
    )
    assert grades("named.pth").found.endswith("Put into the assignment's network by name.")
    assert grades("weights.pt").found.endswith("network in order, by shape.")
    assert grades("scripted.pt").found == "Read: scripted.pt (a whole PyTorch model)."


@pytest.mark.parametrize("name", ["scores.npy", "classes.npy", "scores.csv", "classes.csv"])
def test_predictions_are_as_accurate_as_the_network_but_show_none(
    grades: Callable[[str], Grade], judge: Judge, data: Dataset, tmp_path: Path, name: str
) -> None:
    rows = answers(data)
    values = rows if name.startswith("scores") else rows.argmax(1)
    if name.endswith(".npy"):
        np.save(tmp_path / name, values)
    else:
        lines = (",".join(map(str, np.atleast_1d(row))) for row in values)
        text = "\n".join(f"{number},{line}" for number, line in enumerate(lines, start=1))
        (tmp_path / name).write_text(f"image,label\n{text}\n")
    grade = judge(tmp_path / name)
    measured = {check.id: check.measured for check in grade.checks}
    assert measured == {
        "parameters": "not known",
        "architecture": "not known",
        "answers": "not known",
        "accuracy": next(one.measured for one in grades("folder").checks if one.id == "accuracy"),
    }
    assert grade.score == 0
    assert {check.advice for check in grade.checks[:3]} == {words.ONLY_ANSWERS}
    assert "without a network they earn only what asks for none" in grade.found


def test_predictions_earn_accuracy_where_a_rubric_asks_for_no_network(
    exam: Exam, data: Dataset, tmp_path: Path
) -> None:
    text = bundled_rubric(MODEL).read_text().replace('needs = ["answers"]', "")
    (tmp_path / "open.toml").write_text(text)
    np.save(tmp_path / "classes.npy", answers(data).argmax(1))
    lenient = Exam(exam.card, load_rubric(tmp_path / "open.toml"), data, exam.sandbox, exam.limits)
    grade = graded(lenient, tmp_path / "classes.npy")
    assert (grade.verdict, grade.score) == ("partial", 60)


def test_a_package_that_this_machine_lacks_is_not_the_students_fault(
    judge: Judge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graders.submissions.found.find_spec", lambda _: None)
    (tmp_path / "net.onnx").write_bytes(b"")
    grade = judge(tmp_path / "net.onnx")
    assert (grade.verdict, grade.score) == ("ungraded", None)
    assert "pip install 'gradebench[formats]'" in grade.reason


class Liar(nn.Module):
    """Shows the assignment's layers, untrained, and answers with constants it keeps elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.shown = find_model(MODEL).build()
        self.tables = [one.tolist() for one in state().values()]

    def forward(self, images: Tensor) -> Tensor:
        values = images.flatten(1)
        for number in range(0, 6, 2):
            weight, bias = (torch.tensor(one) for one in self.tables[number : number + 2])
            values = values @ weight.T + bias
            values = values.relu() if number < 4 else values
        return values + 0 * self.shown(images)


def test_a_program_whose_parameters_do_not_compute_its_answers_earns_no_accuracy(
    judge: Judge, tmp_path: Path
) -> None:
    with warnings.catch_warnings(action="ignore"):
        made = torch.jit.trace(Liar(), torch.zeros(1, 1, 28, 28))
        torch.jit.save(made, tmp_path / "liar.pt")
    grade = judge(tmp_path / "liar.pt")
    points = {check.id: check.points for check in grade.checks}
    assert points == {"parameters": 15, "architecture": 15, "answers": 0, "accuracy": 0}


def test_weights_alone_show_no_network_but_the_assignments(judge: Judge, tmp_path: Path) -> None:
    state = nn.Sequential(nn.Linear(784, 10), nn.BatchNorm1d(10)).state_dict()
    torch.save(state, tmp_path / "w.pt")
    grade = judge(tmp_path / "w.pt")
    assert grade.verdict == "failed"
    assert grade.reason.startswith("its weights do not fit the assignment's network: no array of")
    assert grade.reason.endswith("send the code that builds it with them")
    assert {one.measured for one in grade.checks} == {"not known", "no answers"}
    assert {one.advice for one in grade.checks} == {words.NO_NETWORK}


@pytest.mark.parametrize("name", ["net.keras", "torch.onnx", "exported.pt2", "weights.pt"])
def test_the_weaker_sandbox_lets_libraries_be_loaded_too(
    landlock: Sandbox, exam: Exam, grades: Callable[[str], Grade], tmp_path: Path, name: str
) -> None:
    grade = graded(replace(exam, sandbox=landlock), WITH_NETWORK[name](tmp_path / name))
    assert grade.checks == grades("folder").checks, grade.reason
