"""From a function's answers to points and words, without a sandbox."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from graders.exercises import EXERCISES, Exercise, find_exercise
from graders.grade import Check
from graders.judge import FunctionJudge
from graders.rubric import Rubric, bundled_rubric, load_rubric

ALL = [(exercise, one) for exercise in EXERCISES for one in exercise.diagnoses]


def rubric_of(exercise: Exercise, *criteria: dict[str, Any]) -> Rubric:
    plain = {"id": "all", "name": "All", "metric": "cases", "points": 10}
    tables = [{**plain, **each} for each in criteria] or [plain]
    return Rubric.model_validate(
        {"assignment": exercise.id, "title": "Function", "criterion": tables}
    )


def judged(
    exercise: Exercise, function: Callable[..., Any], *criteria: dict[str, Any], stopped: int = 99
) -> list[Check]:
    cases = exercise.draw(7)
    answers = []
    for case in cases[:stopped]:
        try:
            answers.append(np.asarray(function(*(one.copy() for one in case.arguments))))
        except (ArithmeticError, LookupError) as error:
            answers.append(f"{type(error).__name__}: {error}")
    return list(FunctionJudge(exercise, cases, answers).judge(rubric_of(exercise, *criteria)))


def convolution() -> Exercise:
    found = find_exercise("cs7cs4/convolution")
    assert found is not None
    return found


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: one.id)
def test_the_reference_earns_everything(exercise: Exercise) -> None:
    (check,) = judged(exercise, exercise.reference)
    assert check.met
    assert check.points == 10
    assert not check.advice


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: one.id)
def test_the_reference_earns_the_bundled_rubric(exercise: Exercise) -> None:
    rubric = load_rubric(bundled_rubric(exercise.id))
    cases = exercise.draw(3)
    answers = [exercise.reference(*case.arguments) for case in cases]
    assert rubric.points == 100
    checks = FunctionJudge(exercise, cases, answers).judge(rubric)
    assert sum(check.points for check in checks) == 100


@pytest.mark.parametrize(
    ("exercise", "diagnosis"), ALL, ids=[f"{one.id}: {other.name}" for one, other in ALL]
)
@pytest.mark.filterwarnings("ignore")
def test_a_known_mistake_is_named(exercise: Exercise, diagnosis: Any) -> None:
    def mistaken(*arguments: Any) -> Any:
        answer = diagnosis.mistake(*arguments)
        return exercise.reference(*arguments) if answer is None else answer

    (check,) = judged(exercise, mistaken)
    assert not check.met
    assert check.advice.startswith(diagnosis.advice)
    assert "Wrong calls: " in check.advice


def test_the_reports_own_loops_are_told_what_is_wrong() -> None:
    def convolve2d(image: Any, kernel: Any) -> Any:
        height, width = image.shape
        k = len(kernel)
        result = []
        for x in range(height - 1):
            if x + k > height:
                break
            row = []
            for y in range(width - 1):
                if y + k > width:
                    continue
                total = 0
                for i in range(k - 1):
                    for j in range(k - 1):
                        total += image[x + i][y + j] * kernel[i][j]
                row.append(total)
            result.append(row)
        return np.array(result)

    square = {"groups": ["square kernels", "the exercise's two kernels"]}
    rest = {"id": "rest", "groups": ["kernels that are not square"]}
    first, other = judged(convolution(), convolve2d, square, rest)
    assert first.points == 0
    assert "its last row and last column are never used" in first.advice
    assert "range(k - 1) stops at k - 2; write range(k)" in first.advice
    assert "square kernels (6 of 6)" in first.advice
    assert "it returned an array of 9x11, not an array of 9x10" in other.advice


def test_what_nobody_foresaw_is_described() -> None:
    (shape,) = judged(convolution(), lambda *one: one[0])
    assert "it returned an array of 12x12, not an array of 10x10" in shape.advice
    (number,) = judged(convolution(), lambda *_: 3.5)
    assert "it returned a single number, not an array of 10x10" in number.advice

    def noisy(image: Any, kernel: Any) -> Any:
        return convolution().reference(image, kernel) + 1

    (values,) = judged(convolution(), noisy)
    assert "the right shape with wrong numbers" in values.advice
    (endless,) = judged(
        convolution(), lambda *one: np.full(convolution().reference(*one).shape, np.nan)
    )
    assert "numbers that are not finite" in endless.advice


def test_what_a_call_raised_is_told_where_it_matters() -> None:
    def careful(image: Any, kernel: Any) -> Any:
        if image.dtype == np.uint8:
            raise OverflowError("-1 is out of bounds for uint8")
        return convolution().reference(image, kernel)

    (check,) = judged(convolution(), careful)
    assert check.measured == "right in 16 of 18 calls"
    assert "it stopped: OverflowError: -1 is out of bounds for uint8" in check.advice
    assert "Wrong calls: images of bytes (uint8) (2 of 2)." in check.advice


def test_calls_after_the_end_are_wrong() -> None:
    (check,) = judged(convolution(), convolution().reference, stopped=6)
    assert check.measured == "right in 6 of 18 calls"
    assert "It gave no answer" in check.advice


def test_a_curve_says_what_a_share_is_worth() -> None:
    def half(image: Any, kernel: Any) -> Any:
        answer = convolution().reference(image, kernel)
        return answer if len(set(kernel.shape)) == 1 else answer + 1

    one = {"curve": [[0.5, 0], [1.0, 10]]}
    plain, curved = judged(convolution(), half, {}, {"id": "curved", **one})
    assert plain.points == pytest.approx(10 * 14 / 18, abs=0.01)
    assert curved.points == pytest.approx(10 * (14 / 18 - 0.5) / 0.5, abs=0.01)


def test_of_two_mistakes_the_one_alone_in_a_group_of_calls_is_named() -> None:
    exercise = convolution()
    cases = exercise.draw(1)
    early = next(one for one in exercise.diagnoses if "one too early" in one.advice)
    answers = [
        early.mistake(*case.arguments) if case.group == "square kernels" else "IndexError"
        for case in cases
    ]
    given = ["" if each is None else each for each in answers]
    rubric = load_rubric(bundled_rubric("cs7cs4/convolution"))
    checks = FunctionJudge(exercise, cases, given).judge(rubric)
    assert checks[0].advice.startswith(early.advice)
    assert "it stopped: IndexError" in checks[1].advice
