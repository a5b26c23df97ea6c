"""A function from its file to its grade, in the real sandbox."""

from pathlib import Path

import pytest

from graders.exercises import find_exercise
from graders.function_exam import FunctionExam
from graders.grade import Grade
from graders.rubric import bundled_rubric, load_rubric
from graders.sandbox import Limits, Sandbox

RIGHT = """
import numpy as np

def convolve2d(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("hwij,ij->hw", windows.astype(float), kernel)
"""
REPORTED = """
import numpy as np

def convolve2d(image, kernel):
    height, width = image.shape
    k = len(kernel)
    result = np.zeros((height - k + 1, width - k + 1))
    for x in range(height - k + 1):
        for y in range(width - k + 1):
            for i in range(0, k - 1):
                for j in range(0, k - 1):
                    result[x, y] += image[x + i][y + j] * float(kernel[i][j])
    return result
"""


@pytest.fixture
def exam(sandbox: Sandbox) -> FunctionExam:
    exercise = find_exercise("cs7cs4/convolution")
    assert exercise is not None
    rubric = load_rubric(bundled_rubric(exercise.id))
    return FunctionExam(exercise, rubric, sandbox, Limits(wall_seconds=60), seed=5)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "ada"


def graded(exam: FunctionExam, work: Path, **files: str) -> Grade:
    work.mkdir()
    for name, content in files.items():
        (work / f"{name}.py").write_text(content)
    with exam.open(work) as submission:
        return exam.grade(submission, "ada")


def test_a_right_function_passes(exam: FunctionExam, work: Path) -> None:
    grade = graded(exam, work, solution=RIGHT, helper="x = 1", notes="y = 2")
    assert (grade.verdict, grade.score, grade.reason) == ("passed", 100, "")
    assert grade.seed == 5
    assert grade.conditions.test.startswith("18 calls of convolve2d(image, kernel)")


def test_the_reports_own_function_fails_and_reads_why(exam: FunctionExam, work: Path) -> None:
    grade = graded(exam, work, solution=REPORTED)
    assert (grade.verdict, grade.score) == ("failed", 0)
    assert "its last row and last column are never used" in grade.checks[0].advice


def test_a_function_called_otherwise_is_missed(exam: FunctionExam, work: Path) -> None:
    grade = graded(exam, work, solution=RIGHT.replace("convolve2d", "convolve"))
    assert grade.verdict == "failed"
    assert grade.reason == "its function is not there: solution.py has no function convolve2d()"
    assert "It gave no answer" in grade.checks[0].advice


def test_weights_are_no_function(exam: FunctionExam, work: Path) -> None:
    work.mkdir()
    (work / "answers.npy").write_bytes(b"")
    with exam.open(work) as submission:
        grade = exam.grade(submission, "ada")
    assert grade.verdict == "failed"
    assert "there is no code: solution.py with convolve2d(image, kernel)" in grade.reason


def test_what_could_not_be_opened_is_refused(exam: FunctionExam, work: Path) -> None:
    grade = exam.refuse(work, "ada", "failed", "no files")
    assert (grade.verdict, grade.score, grade.reason) == ("failed", 0, "no files")
    assert len(grade.checks) == 3


def test_without_a_sandbox_nothing_is_judged(exam: FunctionExam, work: Path) -> None:
    with Sandbox(reason="no luck") as none:
        bare = FunctionExam(exam.exercise, exam.rubric, none, exam.limits)
        grade = graded(bare, work, solution=RIGHT)
    assert (grade.verdict, grade.score, grade.reason) == ("ungraded", None, "no luck")


def test_every_run_asks_for_itself(exam: FunctionExam) -> None:
    one = FunctionExam(exam.exercise, exam.rubric, exam.sandbox, exam.limits)
    other = FunctionExam(exam.exercise, exam.rubric, exam.sandbox, exam.limits)
    assert one.seed != other.seed
    assert one.conditions == other.conditions
