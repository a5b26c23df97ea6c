"""Every exercise: its cases are fair, its reference is right, its mistakes are told apart."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graders.exercises import EXERCISES, Exercise, find_exercise
from graders.exercises.exercise import agrees
from graders.sandbox.wire import call_frames

SEEDS = st.integers(0, 2**63 - 1)
EACH = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: one.id)


@EACH
@settings(max_examples=15)
@given(seed=SEEDS)
def test_the_same_seed_draws_the_same_calls(exercise: Exercise, seed: int) -> None:
    first, second = exercise.draw(seed), exercise.draw(seed)
    assert {case.group for case in first} == set(exercise.groups)
    for one, other in zip(first, second, strict=True):
        assert one.group == other.group
        for left, right in zip(one.arguments, other.arguments, strict=True):
            np.testing.assert_array_equal(left, right)


@EACH
@settings(max_examples=15)
@given(seed=SEEDS)
def test_the_reference_is_finite_and_right(exercise: Exercise, seed: int) -> None:
    for case in exercise.draw(seed):
        expected = exercise.reference(*case.arguments)
        assert np.isfinite(expected).all()
        assert exercise.is_right(expected, expected)
        assert call_frames(case.arguments)


@EACH
@settings(max_examples=15)
@given(seed=SEEDS)
def test_no_known_mistake_is_right_everywhere(exercise: Exercise, seed: int) -> None:
    cases = exercise.draw(seed)
    for diagnosis in exercise.diagnoses:
        known = [
            (case, answer)
            for case in cases
            if (answer := _quietly(diagnosis.mistake, case.arguments)) is not None
        ]
        right = [
            exercise.is_right(answer, exercise.reference(*case.arguments)) for case, answer in known
        ]
        assert not all(right), diagnosis.name


@EACH
@settings(max_examples=5)
@given(seed=SEEDS)
def test_no_two_mistakes_are_the_same(exercise: Exercise, seed: int) -> None:
    cases = exercise.draw(seed)
    for one in exercise.diagnoses:
        for other in exercise.diagnoses:
            if one.name < other.name:
                pairs = [
                    (_quietly(one.mistake, each.arguments), _quietly(other.mistake, each.arguments))
                    for each in cases
                ]
                both = [(a, b) for a, b in pairs if a is not None and b is not None]
                alike = [exercise.is_right(a, b) for a, b in both]
                assert not all(alike), (one.name, other.name)


@EACH
def test_arguments_share_no_memory(exercise: Exercise) -> None:
    arrays = [one for case in exercise.draw(1) for one in case.arguments]
    for number, one in enumerate(arrays):
        assert not any(np.shares_memory(one, other) for other in arrays[:number])


@EACH
def test_every_exercise_is_found_by_its_id(exercise: Exercise) -> None:
    assert find_exercise(exercise.id) is exercise
    assert exercise.function in exercise.signature
    assert find_exercise("dat565/lenet") is None


def test_axes_of_one_and_rounding_make_no_difference() -> None:
    wanted = np.array([0.5, 1000.0])
    assert agrees(np.array([[0.5], [1000.05]]), wanted, 1e-4)
    assert not agrees(np.array([0.5, 1001.0]), wanted, 1e-4)
    assert not agrees(np.array([0.5, np.nan]), wanted, 1e-4)
    assert not agrees(np.array([0.5, 1000.0, 1.0]), wanted, 1e-4)
    assert agrees(np.array(True), np.array([1]), 1e-4)


def _quietly(mistake: object, arguments: tuple[np.ndarray, ...]) -> np.ndarray | None:
    with warnings.catch_warnings(action="ignore"):
        return mistake(*arguments)  # type: ignore[operator,no-any-return]
